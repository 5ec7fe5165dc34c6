//! What the story has no use for: every other command, each in a state of things in which it is
//! accepted.

use artel::call::Caller;
use artel::contracts::Context::{Admin, Billing, Consumables, Notify, Onboarding, Orders};
use artel::failure::Error;
use artel::story::hire::{self, Company, Worker};
use artel::story::order::{self, Client};
use artel::story::settle::{self, Booked};
use artel::story::{Ending, Stage, list, text};
use billing_contract::v1::InvoiceIssued;
use chrono::Duration;
use conventions::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::mesh::Mesh;
use crate::publisher::Publisher;

/// The base price; who has paid little has no discount.
const PRICE: i64 = 10_000;
const FINE: i64 = -4_000;
const PAY: i64 = 6_000;

/// On the mesh that the story has left behind.
pub async fn play(mesh: &Mesh, stage: &Stage, ending: &Ending) -> Result<(), Error> {
    // No card of hers is good, and no letter arrives.
    let client = order::client(stage, "Bounced", "tok_declined").await?;
    failed_order(stage, ending, &client).await?;
    reviewed_order(stage, ending, &client).await?;
    money(stage, &ending.worker, &client).await?;
    letters(stage, &client).await?;
    stock(stage, ending).await?;
    matching(stage, &ending.worker).await?;
    hypotheses(stage).await?;
    candidates(stage, &ending.company).await?;
    catalogue(stage, &ending.company).await?;
    parked_events(mesh, stage).await
}

async fn failed_order(stage: &Stage, ending: &Ending, client: &Client) -> Result<(), Error> {
    let service_type_id = &ending.company.service_type_id;
    let slot = order::slot(Duration::hours(40), Duration::hours(2));
    let order_id = order::place(stage, client, service_type_id, &slot, PRICE).await?;
    order::assigned(stage, &order_id, PRICE).await?;
    let caller = stage.caller(&[Role::Client], &client.id)?;
    let cancel = json!({ "orderId": order_id, "reason": "The weather." });
    caller.call(Orders, "CancelOrder", cancel).await?;
    let slot = order::slot(Duration::hours(50), Duration::hours(2));
    let repeat = json!({ "orderId": order_id, "slot": slot });
    let repeated = caller.call(Orders, "RepeatOrder", repeat).await?;
    let order_id = text(&repeated, "/order/orderId")?;
    let worker = order::assigned(stage, &order_id, PRICE).await?;
    order::kit(stage, &order_id, |_| None).await?;
    order::start(stage, &order_id, &worker).await?;
    let caller = stage.caller(&[Role::Worker], &worker.id)?;
    let soap = json!([{ "materialCode": ending.company.material_code, "quantity": 1 }]);
    let more = json!({ "workerId": worker.id, "orderId": order_id, "materials": soap });
    caller.call(Consumables, "RequestMaterials", more).await?;
    let failure = json!({ "orderId": order_id, "reason": "The ladder broke." });
    caller.call(Orders, "ReportFailure", failure).await?;
    let booked = Booked {
        client: PRICE,
        worker: FINE,
    };
    settle::booked(stage, &order_id, client, &worker, booked).await
}

async fn reviewed_order(stage: &Stage, ending: &Ending, client: &Client) -> Result<(), Error> {
    let slot = order::slot(Duration::hours(60), Duration::hours(2));
    let order_id = order::place(stage, client, &ending.company.service_type_id, &slot, PRICE).await?;
    let worker = order::assigned(stage, &order_id, PRICE).await?;
    order::start(stage, &order_id, &worker).await?;
    order::complete(stage, &order_id, &worker).await?;
    let booked = Booked {
        client: PRICE,
        worker: PAY,
    };
    settle::booked(stage, &order_id, client, &worker, booked).await?;
    // Neither the first order, which was cancelled, nor the second, which failed, has been paid.
    settle::reflected(stage, client, 3 * PRICE, 0).await?;
    let (root, order) = (stage.root()?, json!({ "orderId": order_id }));
    stage
        .call_until_known(&root, Admin, "OpenCase", order, &["ORDER_NOT_REVIEWABLE"])
        .await?;
    Ok(())
}

async fn money(stage: &Stage, worker: &Worker, client: &Client) -> Result<(), Error> {
    let root = stage.root()?;
    order::beneficiary(stage, worker, &format!("rejected-{}", stage.run)).await?;
    let credit =
        |sum| json!({ "workerId": worker.id, "amount": stage.money(sum), "reason": "For the cold." });
    let mistaken = root.call(Billing, "CreditWorker", credit(1)).await?;
    let mistaken = text(&mistaken, "/transaction/transactionId")?;
    let reverse = json!({ "transactionId": mistaken, "reason": "A slip of the pen." });
    root.call(Billing, "ReverseTransaction", reverse).await?;
    root.call(Billing, "CreditWorker", credit(PRICE)).await?;
    settle::close(stage).await?;
    let overdue = settle::invoice(stage, &client.id, 3 * PRICE, "OVERDUE").await?;
    let unpaid = settle::invoice(stage, &worker.id, PRICE + PAY + FINE, "PAYOUT_FAILED").await?;
    let id = |invoice| Ok::<_, Error>(json!({ "invoiceId": text(invoice, "/invoiceId")? }));
    root.call(Billing, "RetryCharge", id(&overdue)?).await?;
    root.call(Billing, "RetryPayout", id(&unpaid)?).await?;
    Ok(())
}

async fn letters(stage: &Stage, client: &Client) -> Result<(), Error> {
    let caller = stage.caller(&[Role::Client], &client.id)?;
    let feed = json!({ "recipientId": client.id });
    let news = first(stage, &caller, "ListNotifications", &feed, "/notifications").await?;
    let ids = json!([text(&news, "/notificationId")?]);
    let read = json!({ "recipientId": client.id, "notificationIds": ids });
    caller.call(Notify, "MarkRead", read).await?;
    let dead = json!({ "recipientId": client.id, "status": "DELIVERY_STATUS_DEAD" });
    let root = stage.root()?;
    let dead = first(stage, &root, "ListDeliveries", &dead, "/deliveries").await?;
    let resend = json!({ "deliveryId": text(&dead, "/deliveryId")? });
    root.call(Notify, "ResendDelivery", resend).await?;
    Ok(())
}

async fn stock(stage: &Stage, ending: &Ending) -> Result<(), Error> {
    let root = stage.root()?;
    let (soap, employee_id) = (&ending.company.material_code, &ending.company.employee_id);
    let kit = order::kit(stage, &ending.order_id, |_| None).await?;
    let kira = stage.caller(&[Role::Consumables], employee_id)?;
    let rest = json!({ "kitId": text(&kit, "/kitId")?, "materialCode": soap, "quantity": 1 });
    kira.call(Consumables, "ReturnMaterials", rest).await?;
    for (method, request) in [
        (
            "UpdateMaterial",
            json!({ "code": soap, "name": "Hard soap", "unit": "bar", "lowLevel": 2 }),
        ),
        (
            "WriteOffStock",
            json!({ "materialCode": soap, "quantity": 2, "reason": "Wet." }),
        ),
        (
            "CountStock",
            json!({ "materialCode": soap, "counted": 80, "reason": "Once a year." }),
        ),
        (
            "UpdateEmployee",
            json!({ "employeeId": employee_id, "name": "Kira the Elder", "active": true }),
        ),
    ] {
        root.call(Consumables, method, request).await?;
    }
    Ok(())
}

async fn matching(stage: &Stage, worker: &Worker) -> Result<(), Error> {
    let root = stage.root()?;
    let standard = json!({ "name": "standard" });
    let standard = root.call(Orders, "GetPipeline", standard).await?;
    let steps = &standard["pipeline"]["steps"];
    let other = json!({ "name": "encore", "baseVersion": 0, "steps": steps });
    root.call(Orders, "PutPipeline", other).await?;
    let suspend = json!({ "workerId": worker.id, "reason": "Is ill." });
    root.call(Orders, "SuspendWorker", suspend).await?;
    let reinstate = json!({ "workerId": worker.id });
    root.call(Orders, "ReinstateWorker", reinstate).await?;
    Ok(())
}

async fn hypotheses(stage: &Stage) -> Result<(), Error> {
    let root = stage.root()?;
    let idea = json!({ "text": "Who likes cookies stays longer." });
    let idea = root.call(Admin, "CreateHypothesis", idea).await?;
    let id = text(&idea, "/hypothesis/hypothesisId")?;
    let tested = json!({ "hypothesisId": id, "state": "HYPOTHESIS_STATE_TESTING" });
    root.call(Admin, "MoveHypothesis", tested).await?;
    Ok(())
}

async fn candidates(stage: &Stage, company: &Company) -> Result<(), Error> {
    let manager = stage.caller(&[Role::Manager], &company.managers[0].id)?;
    let (declined, _) = hire::apply(stage, company, "Dora").await?;
    let decline = json!({ "applicationId": declined, "reason": "Afraid of heights." });
    manager.call(Onboarding, "DeclineApplication", decline).await?;
    let (_, token) = hire::apply(stage, company, "Emil").await?;
    let erase = json!({ "token": token });
    stage.public().call(Onboarding, "EraseMyData", erase).await?;

    // A grader must read Fenja's answers.
    let (test_id, company) = with_an_essay(stage, company).await?;
    let (application_id, token) = hire::apply(stage, &company, "Fenja").await?;
    let answer = json!({ "token": token, "taskId": "essay", "answer": { "text": "With care." } });
    let token = json!({ "token": token });
    for (method, request) in [
        ("BeginTest", &token),
        ("NextTask", &token),
        ("SubmitAnswer", &answer),
        ("FinishTest", &token),
    ] {
        stage.public().call(Onboarding, method, request.clone()).await?;
    }
    let grade = json!({
        "applicationId": application_id, "testId": test_id, "taskId": "essay", "score": 70, "comment": "Short.",
    });
    let early = ["NOTHING_TO_GRADE", "APPLICATION_STATE"];
    stage
        .call_until_known(&manager, Onboarding, "GradeAnswer", grade, &early)
        .await?;
    Ok(())
}

/// A vacancy whose test a manager grades; the test's id, and the company that seeks for this one.
async fn with_an_essay(stage: &Stage, company: &Company) -> Result<(String, Company), Error> {
    let root = stage.root()?;
    let essay = json!({ "taskId": "essay", "question": "How do you work?", "points": 1, "freeText": {} });
    let test = json!({ "test": { "name": "Essay", "timeLimit": "600s", "tasks": [essay] } });
    let test_id = text(&root.call(Admin, "CreateTest", test).await?, "/test/testId")?;
    let set = json!({ "testSet": { "name": "Essayists", "testIds": [test_id] } });
    let set = root.call(Admin, "CreateTestSet", set).await?;
    let vacancy = json!({ "vacancy": {
        "title": format!("Essayist {}", stage.run),
        "questions": [{ "name": "experience", "text": "What have you written?", "required": true }],
        "variants": [{ "testSetId": text(&set, "/testSet/testSetId")?, "weight": 1 }],
        "rule": { "minimumScore": 60 },
    } });
    let vacancy = root.call(Admin, "CreateVacancy", vacancy).await?;
    let vacancy_id = text(&vacancy, "/vacancy/vacancyId")?;
    let known = json!({ "vacancyId": vacancy_id });
    stage
        .call_until_known(
            &stage.public(),
            Onboarding,
            "GetChallenge",
            known,
            &["VACANCY_NOT_FOUND"],
        )
        .await?;
    let company = Company {
        vacancy_id,
        ..company.clone()
    };
    Ok((test_id, company))
}

/// Every kind of entry is edited, archived and put back into use.
async fn catalogue(stage: &Stage, company: &Company) -> Result<(), Error> {
    let root = stage.root()?;
    let set = json!({ "testSetId": company.test_set_id });
    let set = root.call(Admin, "GetTestSet", set).await?;
    let test_id = text(&set, "/testSet/tests/0/testId")?;
    for (kind, field, id) in [
        ("ServiceType", "serviceType", &company.service_type_id),
        ("Vacancy", "vacancy", &company.vacancy_id),
        ("TestSet", "testSet", &company.test_set_id),
        ("Test", "test", &test_id),
        ("Manager", "manager", &company.managers[0].id),
    ] {
        let id_field = format!("{field}Id");
        let found = root
            .call(Admin, &format!("Get{kind}"), json!({ &id_field: id }))
            .await?;
        let mut edit = json!({ &id_field: id, "expectedVersion": found[field]["version"] });
        edit[field] = draft(&found[field], &id_field);
        root.call(Admin, &format!("Update{kind}"), edit).await?;
        for restore in [false, true] {
            let archive = json!({ &id_field: id, "restore": restore });
            root.call(Admin, &format!("Archive{kind}"), archive).await?;
        }
    }
    Ok(())
}

/// What a manager has said about an entry, without what the service has added.
fn draft(entry: &Value, id_field: &str) -> Value {
    let added = [id_field, "version", "archived", "changedAt", "changedBy", "tests"];
    let said = entry.as_object().into_iter().flatten();
    let said = said.filter(|(name, _)| !added.contains(&name.as_str()));
    let mut draft: Value = said.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(tests) = entry["tests"].as_array() {
        draft["testIds"] = tests.iter().map(|test| test["testId"].clone()).collect();
    }
    draft
}

/// Two undecodable events: one is retried, one is dropped.
async fn parked_events(mesh: &Mesh, stage: &Stage) -> Result<(), Error> {
    let publisher = Publisher::new(mesh.kafka(), &stage.trace);
    let keys = [(); 2].map(|()| Uuid::new_v4().to_string());
    let root = stage.root()?;
    let mut ids = Vec::new();
    for key in &keys {
        publisher.record::<InvoiceIssued>(key, b"\xff\xff\xff").await;
        let parked = json!({ "states": ["PARKED_STATE_PARKED"], "pageSize": 100 });
        let parked = stage.until("the event to be parked", async || {
            let events = root.call(Notify, "ListParked", parked.clone()).await?;
            let event = list(&events, "/events")
                .iter()
                .find(|event| event["key"] == **key);
            Ok(event
                .map(|event| event["id"].clone())
                .ok_or_else(|| events.to_string()))
        });
        ids.push(parked.await?);
    }
    root.call(Notify, "RetryParked", json!({ "id": ids[0] })).await?;
    let drop = json!({ "id": ids[1], "reason": "It cannot be decoded." });
    root.call(Notify, "DropParked", drop).await?;
    Ok(())
}

/// The newest item of a list of notify's, once there is one.
async fn first(
    stage: &Stage,
    caller: &Caller,
    method: &str,
    request: &Value,
    items: &str,
) -> Result<Value, Error> {
    stage
        .until(method, async || {
            let page = caller.call(Notify, method, request.clone()).await?;
            let item = list(&page, items).first().cloned();
            Ok(item.ok_or_else(|| page.to_string()))
        })
        .await
}
