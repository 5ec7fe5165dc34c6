//! O1: clients are registered by upstream systems.

use orders_contract::v1 as pb;
use test_support::{authorised, reason_of};
use tonic::Code;

use crate::support::{World, id, person};

fn line(number: usize) -> pb::ImportClientsRequest {
    pb::ImportClientsRequest {
        request_id: uuid::Uuid::from_u128(1_000 + number as u128).to_string(),
        person: Some(person(&format!("Client{number}"))),
        phone: String::new(),
        external_id: format!("crm-{number}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn o1_an_import_that_is_repeated_whole_or_in_part_registers_every_client_once() {
    let world = World::start().await;
    let import = async |lines: Vec<pb::ImportClientsRequest>| {
        let request = authorised(tokio_stream::iter(lines), &world.tokens.service("crm"));
        let imported = world.orders().import_clients(request).await?.into_inner();
        Ok::<_, tonic::Status>((imported.registered, imported.known))
    };
    assert_eq!(import((0..1_200).map(line).collect()).await.unwrap(), (1_200, 0));
    assert_eq!(
        import((1_000..1_300).map(line).collect()).await.unwrap(),
        (100, 200)
    );
    assert_eq!(
        import(vec![line(5), line(5), line(2_000), line(2_000)])
            .await
            .unwrap(),
        (1, 3)
    );
    // A known external id under another request id means the same client.
    let renamed = pb::ImportClientsRequest {
        request_id: id(),
        ..line(6)
    };
    assert_eq!(import(vec![renamed]).await.unwrap(), (0, 1));
    let contradiction = pb::ImportClientsRequest {
        person: Some(person("Olga")),
        ..line(7)
    };
    assert_eq!(
        reason_of(&import(vec![contradiction]).await.unwrap_err()),
        "REQUEST_ID_REUSED"
    );
    let invalid = pb::ImportClientsRequest {
        request_id: "7".into(),
        ..line(8)
    };
    assert_eq!(
        import(vec![invalid]).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o1_an_external_id_is_unique() {
    let world = World::start().await;
    let register = |external_id: &str| pb::RegisterClientRequest {
        request_id: id(),
        person: Some(person("Anna")),
        phone: String::new(),
        external_id: external_id.to_owned(),
    };
    let token = world.tokens.service("crm");
    let first = world
        .orders()
        .register_client(authorised(register("42"), &token))
        .await
        .unwrap()
        .into_inner();
    let again = world
        .orders()
        .register_client(authorised(register("42"), &token))
        .await
        .unwrap_err();
    assert_eq!(
        (again.code(), reason_of(&again).as_str()),
        (Code::AlreadyExists, "CLIENT_ALREADY_REGISTERED")
    );
    for _ in 0..2 {
        world
            .orders()
            .register_client(authorised(register(""), &token))
            .await
            .unwrap();
    }
    let client_id = first.client.as_ref().unwrap().client_id.clone();
    let request = authorised(
        pb::GetClientRequest {
            client_id: client_id.clone(),
        },
        &world.tokens.client(&client_id),
    );
    let found = world.orders().get_client(request).await.unwrap().into_inner();
    assert_eq!(found.client, first.client);
    let all = world
        .orders()
        .list_clients(authorised(pb::ListClientsRequest::default(), &token))
        .await
        .unwrap();
    assert_eq!(all.into_inner().clients.len(), 3);
}
