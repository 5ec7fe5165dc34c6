//! Answers: inserted once, then only graded. The database refuses everything else.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::schema::{answers, applications};
use super::{corrupt, from_json, to_json};
use crate::domain::application::State;
use crate::domain::attempt::{Given, Mark, Place};
use crate::domain::score::Score;

#[derive(Queryable, Selectable)]
#[diesel(table_name = answers)]
struct AnswerRow {
    test_index: i16,
    task_index: i16,
    answer: Value,
    given_at: DateTime<Utc>,
    score: Option<i16>,
    grader: Option<String>,
}

/// An answer that a remote grader is to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForGrader {
    /// Whose.
    pub application: Uuid,
    /// To which task.
    pub place: Place,
    /// The grader's address.
    pub grader: String,
    /// How often it was asked in vain.
    pub tries: u32,
}

/// All answers of an application.
pub(super) async fn of(
    conn: &mut AsyncPgConnection,
    application: Uuid,
) -> QueryResult<BTreeMap<Place, Given>> {
    let rows: Vec<AnswerRow> = answers::table
        .filter(answers::application_id.eq(application))
        .select(AnswerRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| Ok((place(row.test_index, row.task_index)?, given(row)?)))
        .collect()
}

/// What graders wrote, by place.
pub async fn comments(
    conn: &mut AsyncPgConnection,
    application: Uuid,
) -> QueryResult<BTreeMap<Place, String>> {
    let rows: Vec<(i16, i16, String)> = answers::table
        .filter(answers::application_id.eq(application))
        .select((answers::test_index, answers::task_index, answers::comment))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(test, task, comment)| Ok((place(test, task)?, comment)))
        .collect()
}

/// Inserts an answer.
pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: Uuid,
    place: Place,
    given: &Given,
) -> QueryResult<()> {
    let (test, task) = indexes(place)?;
    let (score, grader) = columns(&given.mark);
    diesel::insert_into(answers::table)
        .values((
            answers::application_id.eq(application),
            answers::test_index.eq(test),
            answers::task_index.eq(task),
            answers::answer.eq(to_json(&given.answer)?),
            answers::given_at.eq(given.at),
            answers::score.eq(score),
            answers::grader.eq(grader),
            answers::grader_at.eq(grader.is_some().then_some(given.at)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Saves how an answer stands now, with what the grader wrote.
pub async fn mark(
    conn: &mut AsyncPgConnection,
    application: Uuid,
    place: Place,
    mark: &Mark,
    comment: &str,
) -> QueryResult<()> {
    let (test, task) = indexes(place)?;
    let (score, grader) = columns(mark);
    let no_more: Option<DateTime<Utc>> = None;
    diesel::update(answers::table.find((application, test, task)))
        .set((
            answers::score.eq(score),
            answers::grader.eq(grader),
            answers::grader_at.eq(no_more),
            answers::comment.eq(comment),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Answers whose graders are to be asked now, the longest waiting first.
pub async fn for_graders(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<ForGrader>> {
    let rows: Vec<(Uuid, i16, i16, Option<String>, i32)> = answers::table
        .inner_join(applications::table.on(applications::application_id.eq(answers::application_id)))
        .filter(answers::grader_at.le(now))
        .filter(applications::state.eq_any([State::Testing.word(), State::Grading.word()]))
        .order(answers::grader_at)
        .limit(limit)
        .select((
            answers::application_id,
            answers::test_index,
            answers::task_index,
            answers::grader,
            answers::grader_tries,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(application, test, task, grader, tries)| {
            Ok(ForGrader {
                application,
                place: place(test, task)?,
                grader: grader.ok_or_else(|| corrupt("grader"))?,
                tries: u32::try_from(tries).map_err(corrupt)?,
            })
        })
        .collect()
}

/// The grader did not answer: ask again at `next`. Does nothing where the answer has been graded meanwhile.
pub async fn ask_again(
    conn: &mut AsyncPgConnection,
    answer: &ForGrader,
    next: DateTime<Utc>,
) -> QueryResult<()> {
    let (test, task) = indexes(answer.place)?;
    diesel::update(answers::table.find((answer.application, test, task)))
        .filter(answers::grader.is_not_null())
        .set((
            answers::grader_at.eq(next),
            answers::grader_tries.eq(answers::grader_tries + 1),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

fn given(row: AnswerRow) -> QueryResult<Given> {
    let mark = match (row.score, row.grader) {
        (Some(score), _) => Mark::Scored(Score::new(score.into()).map_err(corrupt)?),
        (None, Some(grader)) => Mark::AwaitsGrader(grader),
        (None, None) => Mark::AwaitsManager,
    };
    Ok(Given {
        answer: from_json(row.answer)?,
        at: row.given_at,
        mark,
    })
}

fn columns(mark: &Mark) -> (Option<i16>, Option<&str>) {
    match mark {
        Mark::Scored(score) => (Some(score.value().into()), None),
        Mark::AwaitsGrader(grader) => (None, Some(grader)),
        Mark::AwaitsManager => (None, None),
    }
}

fn place(test: i16, task: i16) -> QueryResult<Place> {
    Ok(Place {
        test: usize::try_from(test).map_err(corrupt)?,
        task: usize::try_from(task).map_err(corrupt)?,
    })
}

fn indexes(place: Place) -> QueryResult<(i16, i16)> {
    Ok((
        i16::try_from(place.test).map_err(corrupt)?,
        i16::try_from(place.task).map_err(corrupt)?,
    ))
}
