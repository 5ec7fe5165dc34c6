use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::Sheet;

const PAGE: Rect = Rect {
    x1: 0.0,
    y1: 0.0,
    x2: 595.0,
    y2: 842.0,
};
const LEFT: f32 = 48.0;
const TOP: f32 = 780.0;
const LEADING: f32 = 13.0;
const LINES_PER_PAGE: usize = 54;
const BODY: Name<'static> = Name(b"Body");
const TITLE: Name<'static> = Name(b"Title");

/// Draws A4 pages with the title on each and the lines in a fixed-width font, so that columns
/// align.
pub(super) fn draw(sheet: &Sheet) -> Vec<u8> {
    let mut ids = (1..).map(Ref::new);
    let mut next = || ids.next().unwrap_or(Ref::new(i32::MAX));
    let (catalog, tree, body, title, info) = (next(), next(), next(), next(), next());
    let pages: Vec<(Ref, Ref, &[String])> = sheet
        .lines
        .chunks(LINES_PER_PAGE)
        .map(|lines| (next(), next(), lines))
        .collect();

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.document_info(info).title(TextStr(&sheet.title));
    pdf.pages(tree)
        .kids(pages.iter().map(|(page, ..)| *page))
        .count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    pdf.type1_font(body).base_font(Name(b"Courier"));
    pdf.type1_font(title).base_font(Name(b"Helvetica-Bold"));
    let count = pages.len();
    for (number, (page_id, content_id, lines)) in (1..).zip(pages) {
        let mut page = pdf.page(page_id);
        page.media_box(PAGE).parent(tree).contents(content_id);
        page.resources().fonts().pair(BODY, body).pair(TITLE, title);
        page.finish();
        let heading = if count == 1 {
            sheet.title.clone()
        } else {
            format!("{} ({number}/{count})", sheet.title)
        };
        pdf.stream(content_id, &text(&heading, lines));
    }
    pdf.finish()
}

fn text(heading: &str, lines: &[String]) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text();
    content.set_font(TITLE, 16.0);
    content.next_line(LEFT, TOP);
    content.show(Str(heading.as_bytes()));
    content.set_font(BODY, 9.0);
    content.next_line(0.0, -2.0 * LEADING);
    for line in lines {
        content.show(Str(line.as_bytes()));
        content.next_line(0.0, -LEADING);
    }
    content.end_text();
    content.finish().to_vec()
}
