//! A command that is repeated after everything is answered as it was the first time (G3).

use super::books::Books;
use super::findings::Findings;

pub async fn audit(books: &Books<'_>, found: &mut Findings) {
    for told in &books.told {
        let about = format!(
            "{} {} {}",
            told.context.name(),
            told.method,
            told.request["requestId"]
        );
        match told
            .caller
            .call(told.context, told.method, told.request.clone())
            .await
        {
            Ok(again) => found.expect(about, "the answer to a repeated request", &again, &told.answer),
            Err(error) => found.expect(
                about,
                "a repeated request",
                &error.to_string(),
                &"answered".to_owned(),
            ),
        }
    }
}
