use svc_billing::document::Sheet;
use svc_billing::domain::{Ending, OwnerKind};
use svc_billing::store::statements;

use crate::support::{House, days, noon};

#[tokio::test(flavor = "multi_thread")]
async fn b9_an_invoice_can_be_printed_however_many_lines_it_has() {
    let house = House::new().await;
    let (client, worker) = (house.client(None).await, house.worker(None).await);
    for _ in 0..60 {
        house.order(client, worker, Ending::Completed).await;
    }
    house.close(OwnerKind::Client, noon() + days(1)).await;
    let invoice = house.the_invoice().await;
    let rows = statements::of_invoice(&mut house.conn().await, invoice.id, 100)
        .await
        .unwrap();
    let sheet = Sheet::of(&invoice, &rows, house.settings.calendar.zone).unwrap();
    assert_eq!(sheet.title, format!("Invoice {}", invoice.number));
    assert!(sheet.lines.last().unwrap().ends_with("6000.00 RUB"));
    assert!(sheet.lines.iter().all(|line| line.is_ascii() && line.len() <= 92));
    let pdf = sheet.pdf();
    assert!(pdf.starts_with(b"%PDF-"));
    let text = String::from_utf8_lossy(&pdf);
    assert!(text.contains("/Count 2"), "60 lines need two pages");
    assert!(text.contains(&format!("Invoice {} \\(2/2\\)", invoice.number)) || text.contains("(2/2)"));
    assert!(text.trim_end().ends_with("%%EOF"));
    let cut = Sheet::of(&invoice, &rows[..10], house.settings.calendar.zone).unwrap();
    assert!(
        cut.lines
            .iter()
            .any(|line| line.starts_with("50 more lines are included in the total")),
        "what is left out is said"
    );
    assert!(!sheet.lines.iter().any(|line| line.contains("more lines")));
}
