//! Inserting many rows by one statement with a constant text.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, SingleValue, SqlType};

/// `INSERT INTO target SELECT * FROM unnest(columns) rest`: any number of rows, one array per
/// column.
///
/// Diesel's own insert of several rows has a different text for every number of rows, and diesel
/// does not cache it with `ON CONFLICT`, so PostgreSQL parses and plans it each time. This
/// statement is prepared once per connection. `K` identifies the text: use a distinct type for each
/// text. `R` are the SQL types of the returned columns.
pub struct InsertRows<K, C, R = ()> {
    target: &'static str,
    columns: C,
    rest: &'static str,
    text: PhantomData<fn() -> (K, R)>,
}

impl<K, C, R> InsertRows<K, C, R> {
    /// `target` is a table and its columns in brackets. `columns` is a tuple of one [`column`]
    /// each.
    pub fn into(target: &'static str, columns: C) -> Self {
        Self {
            target,
            columns,
            rest: "",
            text: PhantomData,
        }
    }

    /// Adds the end of the statement: `ON CONFLICT …`, `RETURNING …`.
    pub fn and(self, rest: &'static str) -> Self {
        Self { rest, ..self }
    }
}

/// The values of one column, in the order of the rows.
pub fn column<T, V>(values: impl IntoIterator<Item = V>) -> <Vec<V> as AsExpression<Array<T>>>::Expression
where
    T: SqlType,
    Array<T>: SingleValue + TypedExpressionType,
    Vec<V>: AsExpression<Array<T>>,
{
    values.into_iter().collect::<Vec<V>>().as_expression()
}

impl<K: 'static, C, R: 'static> QueryId for InsertRows<K, C, R> {
    type QueryId = InsertRows<K, (), R>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<K, C, R> Query for InsertRows<K, C, R> {
    type SqlType = R;
}

impl<K, C: QueryFragment<Pg>, R> QueryFragment<Pg> for InsertRows<K, C, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(self.target);
        out.push_sql(" SELECT * FROM unnest(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        out.push_sql(self.rest);
        Ok(())
    }
}
