//! Act one: the company is set up, a candidate becomes a worker.

use conventions::Role;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Stage, expect, list, text};
use crate::contracts::Context::{Admin, Consumables, Notify, Onboarding, Orders};
use crate::failure::Error;

/// What the company offers, and who runs it.
#[derive(Clone)]
pub struct Company {
    /// What clients can order; 100.00 before discounts.
    pub service_type_id: String,
    /// Its name, which only this run has.
    pub service_name: String,
    /// What a kit for it holds two of.
    pub material_code: String,
    /// Three managers; the last one reviews quality, too.
    pub managers: Vec<Manager>,
    /// The employee of the consumables department.
    pub employee_id: String,
    /// What candidates can apply for.
    pub vacancy_id: String,
    /// The vacancy's test set.
    pub test_set_id: String,
}

/// A manager.
#[derive(Clone)]
pub struct Manager {
    /// Their id.
    pub id: String,
    /// Where letters go.
    pub email: String,
}

/// Somebody who was hired.
#[derive(Clone)]
pub struct Worker {
    /// Their id.
    pub id: String,
    /// Where letters go.
    pub email: String,
}

/// What a service type should be like.
pub struct Offer<'a> {
    /// Its name; the run's is added.
    pub name: &'a str,
    /// Before discounts, in minor units.
    pub base_price: i64,
    /// How late a worker may be.
    pub grace_period: &'a str,
}

/// Sets the company up: department, service type, managers, test, test set, vacancy.
pub async fn company(stage: &Stage) -> Result<Company, Error> {
    let root = stage.root()?;
    let employee_id = Uuid::new_v4().to_string();
    let employee = json!({ "employeeId": employee_id, "name": "Kira" });
    root.call(Consumables, "RegisterEmployee", employee).await?;
    let kira = stage.caller(&[Role::Consumables], &employee_id)?;
    let material_code = format!("soap-{}", stage.run);
    let material = json!({ "code": material_code, "name": "Soap", "unit": "piece", "lowLevel": 3 });
    kira.call(Consumables, "CreateMaterial", material).await?;
    let receipt = json!({ "materialCode": material_code, "quantity": 100, "reason": "the first delivery" });
    kira.call(Consumables, "ReceiveStock", receipt).await?;
    stage.tell(
        "root",
        "registers Kira in the consumables department, who takes 100 pieces of soap into stock",
    );

    let offer = Offer {
        name: "Window washing",
        base_price: 10_000,
        grace_period: "900s",
    };
    let (service_type_id, service_name) = service_type(stage, &offer, &material_code).await?;
    stage.tell(
        "root",
        format!(
            "creates the service type “{service_name}” for {}",
            sum(stage, 10_000)
        ),
    );
    let mut managers = Vec::new();
    for (name, roles) in [
        ("Mila", vec!["manager"]),
        ("Mark", vec!["manager"]),
        ("Vera", vec!["manager", "quality"]),
    ] {
        let person = stage.person(name);
        let email = text(&person, "/email")?;
        let request = json!({ "manager": { "person": person, "roles": roles } });
        let answer = root.call(Admin, "CreateManager", request).await?;
        managers.push(Manager {
            id: text(&answer, "/manager/managerId")?,
            email,
        });
    }
    stage.tell("root", "makes Mila, Mark and Vera managers; Vera reviews quality");
    let (vacancy_id, test_set_id) = vacancy(stage).await?;
    stage.tell(
        "root",
        "creates a test, a test set and the vacancy “Window washer”",
    );
    known_to_others(stage, &vacancy_id, &managers).await?;
    Ok(Company {
        service_type_id,
        service_name,
        material_code,
        managers,
        employee_id,
        vacancy_id,
        test_set_id,
    })
}

/// Creates a service type; its id and its name.
pub async fn service_type(
    stage: &Stage,
    offer: &Offer<'_>,
    material_code: &str,
) -> Result<(String, String), Error> {
    let name = format!("{} {}", offer.name, stage.run);
    let request = json!({ "serviceType": {
        "name": name,
        "description": "Both sides, frames too.",
        "basePrice": stage.money(offer.base_price),
        "duration": "7200s",
        "gracePeriod": offer.grace_period,
        "neededTraits": [{ "name": "care", "score": 70 }],
        "materials": [{ "materialCode": material_code, "quantity": 2 }],
    } });
    let answer = stage.root()?.call(Admin, "CreateServiceType", request).await?;
    Ok((text(&answer, "/serviceType/serviceTypeId")?, name))
}

async fn vacancy(stage: &Stage) -> Result<(String, String), Error> {
    let root = stage.root()?;
    let care = json!([{ "trait": "care", "weight": 10 }]);
    let test = json!({ "test": { "name": "Windows", "timeLimit": "600s", "tasks": [
        { "taskId": "cloth", "question": "What dries a window without traces?", "points": 2, "traits": care,
          "singleChoice": { "options": ["a towel", "a squeegee", "a newspaper"], "right": 1 } },
        { "taskId": "panes", "question": "A window has 2 × 3 panes. How many are there?", "points": 1,
          "number": { "right": 6, "tolerance": 0 } },
        { "taskId": "order", "question": "Put the work into order.", "points": 2, "traits": care,
          "ordering": { "options": ["wet", "soap", "squeegee"] } },
        { "taskId": "word", "question": "How do you greet a client?", "points": 1,
          "shortText": { "pattern": "(good (morning|day|evening)|hello).*" } },
    ] } });
    let test_id = text(&root.call(Admin, "CreateTest", test).await?, "/test/testId")?;
    let set = json!({ "testSet": { "name": "Window washers", "testIds": [test_id] } });
    let test_set_id = text(
        &root.call(Admin, "CreateTestSet", set).await?,
        "/testSet/testSetId",
    )?;
    let vacancy = json!({ "vacancy": {
        "title": format!("Window washer {}", stage.run),
        "description": "Own ladder not needed.",
        "questions": [{ "name": "experience", "text": "Which windows have you washed?", "required": true }],
        "variants": [{ "testSetId": test_set_id, "weight": 1 }],
        "rule": { "minimumScore": 60 },
    } });
    let vacancy_id = text(
        &root.call(Admin, "CreateVacancy", vacancy).await?,
        "/vacancy/vacancyId",
    )?;
    Ok((vacancy_id, test_set_id))
}

/// Waits until onboarding takes applications for the vacancy, and notify writes to the managers.
async fn known_to_others(stage: &Stage, vacancy_id: &str, managers: &[Manager]) -> Result<(), Error> {
    let public = stage.public();
    stage
        .until("onboarding to know the vacancy", async || {
            let known = public
                .call(Onboarding, "ListVacancies", json!({ "pageSize": 100 }))
                .await?;
            let is = |vacancy: &Value| vacancy.get("vacancyId").and_then(Value::as_str) == Some(vacancy_id);
            let vacancies = list(&known, "/vacancies");
            Ok(if vacancies.iter().any(is) {
                Ok(())
            } else {
                Err(format!("{} vacancies", vacancies.len()))
            })
        })
        .await?;
    let root = stage.root()?;
    for manager in managers {
        let feed = json!({ "kind": "RECIPIENT_KIND_MANAGER", "pageSize": 100 });
        stage
            .until("notify to know the managers", async || {
                let known = root.call(Notify, "ListRecipients", feed.clone()).await?;
                let found = list(&known, "/recipients")
                    .iter()
                    .any(|known| known.to_string().contains(&manager.email));
                Ok(if found {
                    Ok(())
                } else {
                    Err(format!("{} recipients", list(&known, "/recipients").len()))
                })
            })
            .await?;
    }
    Ok(())
}

/// Applies, confirms, and is assigned the tests; the application's id and the personal token.
pub async fn apply(stage: &Stage, company: &Company, name: &str) -> Result<(String, String), Error> {
    let public = stage.public();
    let vacancy = json!({ "vacancyId": company.vacancy_id });
    let challenge = public.call(Onboarding, "GetChallenge", vacancy).await?;
    let puzzle = text(&challenge, "/challenge")?;
    let bits = challenge
        .get("difficultyBits")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let email = stage.email(&name.to_lowercase());
    let application = json!({
        "vacancyId": company.vacancy_id, "name": name, "age": 30, "email": email, "language": "en",
        "formAnswers": [{ "name": "experience", "text": "My own." }],
        "challenge": puzzle, "nonce": solve(&puzzle, bits)?,
    });
    let application_id = text(
        &public.call(Onboarding, "Apply", application).await?,
        "/applicationId",
    )?;
    stage.tell(name, "applies for the vacancy, with the proof of work solved");
    let token = stage.token_from_mail(&email, "Confirm your address").await?;
    public
        .call(Onboarding, "ConfirmEmail", json!({ "token": token }))
        .await?;
    stage.tell(name, "confirms the address by the link from the mail");

    let manager = stage.caller(&[Role::Manager], &company.managers[0].id)?;
    let id = json!({ "applicationId": application_id });
    let note = json!({ "applicationId": application_id, "text": "Called; sounds careful." });
    manager.call(Onboarding, "NoteContact", note).await?;
    stage
        .call_until_known(&manager, Onboarding, "AssignTestSet", id, &["TEST_SET_NOT_FOUND"])
        .await?;
    stage.tell("Mila", "gets in touch and assigns the vacancy's test set");
    let personal = stage.token_from_mail(&email, "Tests for you").await?;
    Ok((application_id, personal))
}

/// Takes all tests, rightly.
pub async fn take_tests(stage: &Stage, name: &str, token: &str) -> Result<(), Error> {
    let public = stage.public();
    loop {
        public
            .call(Onboarding, "BeginTest", json!({ "token": token }))
            .await?;
        loop {
            let next = public
                .call(Onboarding, "NextTask", json!({ "token": token }))
                .await?;
            let Some(task) = next.get("task").filter(|task| !task.is_null()) else {
                break;
            };
            let answer = right_answer(task)?;
            let task_id = text(task, "/taskId")?;
            let given = json!({ "token": token, "taskId": task_id, "answer": answer });
            public.call(Onboarding, "SubmitAnswer", given).await?;
        }
        let finished = public
            .call(Onboarding, "FinishTest", json!({ "token": token }))
            .await?;
        if finished.get("testsLeft").and_then(Value::as_i64) == Some(0) {
            stage.tell(name, "takes the tests, one task at a time");
            return Ok(());
        }
    }
}

fn right_answer(task: &Value) -> Result<Value, Error> {
    let choice = |text: &str| {
        let found = list(task, "/choices")
            .iter()
            .find(|choice| choice.get("text").and_then(Value::as_str) == Some(text));
        found
            .and_then(|choice| choice.get("choiceId").cloned())
            .unwrap_or_default()
    };
    match text(task, "/taskId")?.as_str() {
        "cloth" => Ok(json!({ "choiceIds": [choice("a squeegee")] })),
        "panes" => Ok(json!({ "number": "6" })),
        "order" => Ok(json!({ "choiceIds": [choice("wet"), choice("soap"), choice("squeegee")] })),
        "word" => Ok(json!({ "text": "Good morning!" })),
        other => Err(Error::Story(format!("there is no task {other} in the test"))),
    }
}

/// From the application to the pool.
pub async fn hire(stage: &Stage, company: &Company, name: &str) -> Result<Worker, Error> {
    let (application_id, token) = apply(stage, company, name).await?;
    take_tests(stage, name, &token).await?;
    let manager = stage.caller(&[Role::Manager], &company.managers[0].id)?;
    let id = json!({ "applicationId": application_id });
    let application = tested(stage, &application_id, &manager).await?;
    expect(
        "the score",
        &application
            .pointer("/application/verdict/score")
            .and_then(Value::as_i64),
        &Some(100),
    )?;
    let approved = manager.call(Onboarding, "ApproveApplication", id).await?;
    let worker_id = text(&approved, "/workerId")?;
    stage.tell("Mila", format!("approves {name}: 100 of 100 points"));
    let worker = json!({ "workerId": worker_id });
    stage
        .call_until_known(&manager, Orders, "GetWorker", worker, &["WORKER_NOT_FOUND"])
        .await?;
    stage.tell("orders", format!("ApplicationApproved → {name} is in the pool"));
    Ok(Worker {
        id: worker_id,
        email: stage.email(&name.to_lowercase()),
    })
}

/// The application, once its tests are scored.
async fn tested(stage: &Stage, application_id: &str, manager: &crate::call::Caller) -> Result<Value, Error> {
    stage
        .until("the tests' result", async || {
            let id = json!({ "applicationId": application_id });
            let application = manager.call(Onboarding, "GetApplication", id).await?;
            let state = text(&application, "/application/state")?;
            Ok(if state == "APPLICATION_STATE_TESTED" {
                Ok(application)
            } else {
                Err(state)
            })
        })
        .await
}

/// Finds a nonce so that SHA-256(challenge ‖ nonce as 8 big-endian bytes) begins with so many zero
/// bits.
pub fn solve(challenge: &str, bits: u64) -> Result<u64, Error> {
    if bits > 40 {
        return Err(Error::Story(format!(
            "a challenge of {bits} bits would take days"
        )));
    }
    let found = (0..u64::MAX).find(|nonce| {
        let digest = Sha256::new()
            .chain_update(challenge.as_bytes())
            .chain_update(nonce.to_be_bytes())
            .finalize();
        let mut head = [0; 8];
        head.copy_from_slice(&digest[..8]);
        u64::from(u64::from_be_bytes(head).leading_zeros()) >= bits
    });
    found.ok_or_else(|| Error::Story("the challenge has no solution".into()))
}

fn sum(stage: &Stage, minor_units: i64) -> String {
    crate::show::money(&stage.money(minor_units))
        .map(|money| money.to_string())
        .unwrap_or_default()
}
