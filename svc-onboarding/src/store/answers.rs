//! Answers. They are inserted once and then only graded; the database refuses other changes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::schema::{answers, applications};
use super::{corrupt, from_json, to_json};
use crate::domain::application::State;
use crate::domain::attempt::{GivenAnswer, GradingState, TaskIndex};
use crate::domain::ids::ApplicationId;
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

/// An answer that waits for a remote grader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForGrader {
    pub application: ApplicationId,
    pub index: TaskIndex,
    /// The grader's address.
    pub grader: String,
    /// How many calls of the grader have failed.
    pub tries: u32,
}

/// All answers of an application.
pub(super) async fn of(
    conn: &mut AsyncPgConnection,
    application: ApplicationId,
) -> QueryResult<BTreeMap<TaskIndex, GivenAnswer>> {
    let rows: Vec<AnswerRow> = answers::table
        .filter(answers::application_id.eq(application.0))
        .select(AnswerRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| Ok((task_index(row.test_index, row.task_index)?, given(row)?)))
        .collect()
}

/// The comments of graders, by task.
pub async fn comments(
    conn: &mut AsyncPgConnection,
    application: ApplicationId,
) -> QueryResult<BTreeMap<TaskIndex, String>> {
    let rows: Vec<(i16, i16, String)> = answers::table
        .filter(answers::application_id.eq(application.0))
        .select((answers::test_index, answers::task_index, answers::comment))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(test, task, comment)| Ok((task_index(test, task)?, comment)))
        .collect()
}

pub async fn insert(
    conn: &mut AsyncPgConnection,
    application: ApplicationId,
    index: TaskIndex,
    given: &GivenAnswer,
) -> QueryResult<()> {
    let (test, task) = indexes(index)?;
    let (score, grader) = columns(&given.grading);
    diesel::insert_into(answers::table)
        .values((
            answers::application_id.eq(application.0),
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

/// Saves the grading state of an answer, with the grader's comment.
pub async fn grade(
    conn: &mut AsyncPgConnection,
    application: ApplicationId,
    index: TaskIndex,
    grading: &GradingState,
    comment: &str,
) -> QueryResult<()> {
    let (test, task) = indexes(index)?;
    let (score, grader) = columns(grading);
    let not_scheduled: Option<DateTime<Utc>> = None;
    diesel::update(answers::table.find((application.0, test, task)))
        .set((
            answers::score.eq(score),
            answers::grader.eq(grader),
            answers::grader_at.eq(not_scheduled),
            answers::comment.eq(comment),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Answers whose graders are due to be called, the longest waiting first.
pub async fn for_graders(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<ForGrader>> {
    let rows: Vec<(Uuid, i16, i16, Option<String>, i32)> = answers::table
        .inner_join(applications::table.on(applications::application_id.eq(answers::application_id)))
        .filter(answers::grader_at.le(now))
        .filter(applications::state.eq_any([State::Testing.as_ref(), State::Grading.as_ref()]))
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
                application: ApplicationId(application),
                index: task_index(test, task)?,
                grader: grader.ok_or_else(|| corrupt("no grader"))?,
                tries: u32::try_from(tries).map_err(corrupt)?,
            })
        })
        .collect()
}

/// Schedules the next call of an answer's grader for `next`. Does nothing if the answer was graded
/// meanwhile.
pub async fn retry(conn: &mut AsyncPgConnection, answer: &ForGrader, next: DateTime<Utc>) -> QueryResult<()> {
    let (test, task) = indexes(answer.index)?;
    diesel::update(answers::table.find((answer.application.0, test, task)))
        .filter(answers::grader.is_not_null())
        .set((
            answers::grader_at.eq(next),
            answers::grader_tries.eq(answers::grader_tries + 1),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

fn given(row: AnswerRow) -> QueryResult<GivenAnswer> {
    let grading = match (row.score, row.grader) {
        (Some(score), _) => GradingState::Scored(Score::new(score.into()).map_err(corrupt)?),
        (None, Some(grader)) => GradingState::AwaitsGrader(grader),
        (None, None) => GradingState::AwaitsManager,
    };
    Ok(GivenAnswer {
        answer: from_json(row.answer)?,
        at: row.given_at,
        grading,
    })
}

fn columns(grading: &GradingState) -> (Option<i16>, Option<&str>) {
    match grading {
        GradingState::Scored(score) => (Some(score.value().into()), None),
        GradingState::AwaitsGrader(grader) => (None, Some(grader)),
        GradingState::AwaitsManager => (None, None),
    }
}

fn task_index(test: i16, task: i16) -> QueryResult<TaskIndex> {
    Ok(TaskIndex {
        test: usize::try_from(test).map_err(corrupt)?,
        task: usize::try_from(task).map_err(corrupt)?,
    })
}

fn indexes(index: TaskIndex) -> QueryResult<(i16, i16)> {
    Ok((
        i16::try_from(index.test).map_err(corrupt)?,
        i16::try_from(index.task).map_err(corrupt)?,
    ))
}
