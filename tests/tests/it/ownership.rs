//! Every method that owners may call, by both of two owners, about the own things, the other's, and
//! about nothing: what is the other's is refused, and by nothing in the refusal can one tell it
//! from what isn't there.

use artel::call::Caller;
use artel::contracts::Context;
use artel::failure::Error;
use artel::story::order;
use chrono::Duration;
use conventions::{MethodPolicy, Role};
use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};
use tonic::Code;

use crate::contracts::{is_served, policy};
use crate::lists;
use crate::mesh::Mesh;
use crate::people::{self, Person};

/// The refusals that say: not yours, or not there.
const KEPT_FROM: [Code; 2] = [Code::PermissionDenied, Code::NotFound];

#[tokio::test(flavor = "multi_thread")]
async fn everybody_deals_with_the_own_things_only_and_every_list_with_its_own_pages() {
    let mesh = Mesh::up().await;
    let stage = mesh.stage(Box::new(|_, _, _| Ok(())));
    let people = people::two_of_everybody(&stage)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let mut walked = 0;
    for context in Context::ALL {
        for method in context.methods().into_iter().filter(is_served) {
            for pair in &people {
                if !concerns(&method, policy(&method), pair[0].role) {
                    continue;
                }
                for (me, other) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                    let caller = me.caller(&stage);
                    walk(context, &method, &caller, me, other).await;
                    walked += 1;
                }
            }
        }
    }
    lists::keep_to_their_pages(&stage, &people[0][0]).await;
    println!("ownership: {walked} walks");
    assert!(walked > 70, "the walk goes past methods: {walked}");
}

/// Whether the method concerns an object that this role can own.
fn concerns(method: &MethodDescriptor, policy: &MethodPolicy, role: Role) -> bool {
    if role == Role::Candidate {
        // A candidate owns what the personal link opens.
        return policy.roles.contains(&Role::Anyone) && method.input().get_field_by_name("token").is_some();
    }
    policy.roles.contains(&role)
}

async fn walk(context: Context, method: &MethodDescriptor, caller: &Caller, me: &Person, other: &Person) {
    let name = method.name();
    let stranger = Person::unknown(me.role);
    let ask = async |of: &Person| {
        let request = about(name, of).unwrap_or_else(|| {
            panic!(
                "{name} may be called by a {:?}: say in the table what it is asked about",
                me.role
            )
        });
        // Refusals may repeat an id that was sent; who sent it knew it.
        send(caller, context, method, request).await.map_err(|error| {
            let text = [&of.id, &of.order_id, &of.photo_id, &of.invoice_id, &of.kit_id]
                .iter()
                .filter(|id| !id.is_empty())
                .fold(error.to_string(), |text, id| text.replace(id.as_str(), "…"));
            (error.code(), error.reason(), text)
        })
    };
    let nothing = ask(&stranger)
        .await
        .expect_err(&format!("{name} finds what isn't there"));
    assert!(
        nothing.0.is_some_and(|code| KEPT_FROM.contains(&code)),
        "{name} about nothing, by a {:?}: {nothing:?}",
        me.role
    );
    // A candidate's things have no other name than the secret that opens them.
    if me.role != Role::Candidate {
        let theirs = ask(other)
            .await
            .expect_err(&format!("{name} shows another person's object"));
        assert_eq!(
            theirs, nothing,
            "{name} by a {:?}: theirs, and nothing at all",
            me.role
        );
    }
    if let Err(mine) = ask(me).await {
        assert!(
            mine.0.is_some_and(|code| !KEPT_FROM.contains(&code)),
            "{name} keeps a {:?} from what is their own: {mine:?}",
            me.role
        );
    }
}

async fn send(
    caller: &Caller,
    context: Context,
    method: &MethodDescriptor,
    request: Value,
) -> Result<(), Error> {
    if method.is_client_streaming() {
        let chunk = json!({ "chunk": "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==" });
        return caller
            .upload(context, method.name(), vec![request, chunk])
            .await
            .map(drop);
    }
    if method.is_server_streaming() {
        return caller.stream(context, method.name(), request).await.map(drop);
    }
    caller.call(context, method.name(), request).await.map(drop)
}

/// The table: what each method is asked, so that it is about this person's things.
#[allow(clippy::match_same_arms, reason = "a table in the order of the contracts")]
pub fn about(method: &str, of: &Person) -> Option<Value> {
    let Person {
        id,
        order_id,
        photo_id,
        invoice_id,
        kit_id,
        service_type_id,
        first_token,
        token,
        ..
    } = of;
    let is_client = of.role == Role::Client;
    let kind = if is_client {
        "OWNER_KIND_CLIENT"
    } else {
        "OWNER_KIND_WORKER"
    };
    let uuid = || uuid::Uuid::new_v4().to_string();
    Some(match method {
        // Orders.
        "GetClient" | "ListOfferings" => json!({ "clientId": id }),
        "QuoteOrder" => json!({ "clientId": id, "serviceTypeId": service_type_id }),
        "PlaceOrder" => json!({
            "clientId": id, "serviceTypeId": service_type_id, "description": "Windows", "place": "Here", "contact": "Me",
            "slot": order::slot(Duration::days(2), Duration::hours(2)),
        }),
        "CancelOrder" | "ReportFailure" => json!({ "orderId": order_id, "reason": "Because." }),
        "RepeatOrder" => {
            json!({ "orderId": order_id, "slot": order::slot(Duration::days(3), Duration::hours(2)) })
        }
        "StartWork" | "CompleteWork" => json!({ "orderId": order_id, "photoId": photo_id }),
        "GetOrder" => json!({ "orderId": order_id }),
        "ListOrders" | "WatchOrders" if is_client => json!({ "clientId": id }),
        "ListOrders" | "WatchOrders" | "GetWorker" => json!({ "workerId": id }),
        "UploadPhoto" => json!({ "metadata": { "requestId": uuid(), "orderId": order_id } }),
        "DownloadPhoto" => json!({ "photoId": photo_id }),
        "GetBalance" => json!({ "ownerId": id }),
        // Consumables.
        "GetKit" => json!({ "kitId": kit_id }),
        "RequestMaterials" => json!({ "workerId": id, "orderId": order_id }),
        // Billing.
        "GetAccount" | "ListLines" | "ListInvoices" => json!({ "ownerKind": kind, "ownerId": id }),
        "GetInvoice" | "GetInvoiceDocument" | "RetryCharge" => json!({ "invoiceId": invoice_id }),
        "ListPayments" => json!({ "clientId": id }),
        "ListPayouts" => json!({ "workerId": id }),
        "SetPaymentMethod" => json!({ "clientId": id, "kind": "card", "token": "tok_visa" }),
        "SetPayoutBeneficiary" => json!({ "workerId": id, "beneficiary": "account-1" }),
        // Notify.
        "ListNotifications" | "WatchNotifications" => json!({ "recipientId": id }),
        "MarkRead" => json!({ "recipientId": id, "notificationIds": [uuid()] }),
        // Onboarding.
        "ConfirmEmail" => json!({ "token": first_token }),
        "GetMyApplication" | "BeginTest" | "NextTask" | "FinishTest" | "EraseMyData" => {
            json!({ "token": token })
        }
        "SubmitAnswer" => json!({ "token": token, "taskId": "cloth", "answer": { "text": "A squeegee." } }),
        _ => return None,
    })
}
