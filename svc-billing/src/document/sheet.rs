use chrono::DateTime;
use chrono_tz::Tz;

use crate::Error;
use crate::domain::invoice::Status;
use crate::domain::{Invoice, LineReason, OwnerKind};
use crate::store::statements::Line;

/// The text of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Such as `Invoice C-2026-000123`.
    pub title: String,
    /// The lines below the title, each of at most 92 characters.
    pub lines: Vec<String>,
}

impl Sheet {
    /// The document of an invoice. Dates are in the time zone of the company.
    pub fn of(invoice: &Invoice, rows: &[Line], zone: Tz) -> Result<Self, Error> {
        let kind = invoice.owner.kind();
        let (title, whose) = match kind {
            OwnerKind::Client => (format!("Invoice {}", invoice.number), "Client"),
            OwnerKind::Worker | OwnerKind::Company => {
                (format!("Payout statement {}", invoice.number), "Worker")
            }
        };
        let day = |at: DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
        let last_day = invoice.period.ends_at - chrono::TimeDelta::nanoseconds(1);
        let mut lines = vec![
            format!("{whose:<10} {}", invoice.owner.name()),
            format!(
                "{:<10} {} to {}",
                "Period",
                day(invoice.period.starts_at),
                day(last_day)
            ),
            format!("{:<10} {}", "Issued", day(invoice.issued_at)),
            format!("{:<10} {}", "Status", status(invoice, zone)),
            String::new(),
            format!("{:<11} {:<18} {:<37} {:>22}", "Booked", "What", "Order", "Amount"),
        ];
        for row in rows {
            let amount = kind.as_owner_sees(row.amount)?;
            let order = row.order.map(|id| id.to_string()).unwrap_or_default();
            let what = label(row.reason, kind);
            let booked = day(row.booked_at).to_string();
            lines.push(format!(
                "{booked:<11} {what:<18} {order:<37} {:>22}",
                amount.to_string()
            ));
        }
        let omitted = invoice.lines_beyond(rows.len());
        if omitted > 0 {
            lines.push(format!(
                "{omitted} more lines are included in the total and listed in the account's statement."
            ));
        }
        lines.push(String::new());
        lines.push(format!("{:<68} {:>22}", "Total", invoice.amount.to_string()));
        Ok(Self { title, lines })
    }

    /// The document as a PDF.
    pub fn pdf(&self) -> Vec<u8> {
        super::pdf::draw(self)
    }
}

fn status(invoice: &Invoice, zone: Tz) -> String {
    match (invoice.status, invoice.paid_at) {
        (Status::Paid, Some(at)) => format!("paid on {}", at.with_timezone(&zone).date_naive()),
        (Status::Paid, None) => "paid".to_owned(),
        (Status::Issued, _) => "issued".to_owned(),
        (Status::Overdue, _) => "overdue".to_owned(),
        (Status::PayoutFailed, _) => "payout failed".to_owned(),
    }
}

fn label(reason: LineReason, kind: OwnerKind) -> &'static str {
    match reason {
        LineReason::OrderCompleted if kind == OwnerKind::Worker => "Earning",
        LineReason::OrderCompleted => "Completed order",
        LineReason::OrderCancelled => "Cancelled order",
        LineReason::OrderFailed => "Failed order",
        LineReason::Fine => "Fine",
        LineReason::Bonus => "Bonus",
        LineReason::Payment => "Payment",
        LineReason::Payout => "Payout",
        LineReason::Reversal => "Correction",
    }
}
