//! O9: uploading and downloading evidence photos.

use orders_contract::v1 as pb;
use test_support::{authorised, reason_of};
use tonic::{Code, Status};

use crate::support::{PNG, World, hour, id};

async fn download(world: &World, photo: &str, token: &str) -> Result<(pb::Photo, Vec<u8>), Status> {
    let request = pb::DownloadPhotoRequest {
        photo_id: photo.to_owned(),
    };
    let mut stream = world
        .orders()
        .download_photo(authorised(request, token))
        .await?
        .into_inner();
    let first = stream.message().await?.unwrap();
    let mut content = Vec::new();
    while let Some(message) = stream.message().await? {
        content.extend(message.chunk);
    }
    Ok((first.photo.unwrap(), content))
}

#[tokio::test(flavor = "multi_thread")]
async fn o9_a_photo_is_downloaded_unchanged_by_callers_who_may_see_the_order() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let (_, stranger) = world.client().await;
    let order = world.place(&client, &client_token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let mut big = PNG.to_vec();
    big.resize(3_000_000, 7);
    let photo = world.upload(&order, &worker_token, &big).await.unwrap();
    for token in [&client_token, &worker_token, &world.tokens.manager(id())] {
        let (described, content) = download(&world, &photo.photo_id, token).await.unwrap();
        assert_eq!(
            (described.media_type.as_str(), described.size_bytes),
            ("image/png", 3_000_000)
        );
        assert!(content == big);
    }
    let refused = download(&world, &photo.photo_id, &stranger).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_str()),
        (Code::NotFound, "PHOTO_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o9_other_formats_and_too_large_photos_are_refused_and_the_next_upload_succeeds() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let order = world.place(&client, &client_token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let mut huge = PNG.to_vec();
    huge.resize(10 * 1024 * 1024 + 1, 0);
    for content in [&b"<html>not a photo</html>"[..], &huge] {
        let refused = world.upload(&order, &worker_token, content).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    }
    let metadata = pb::PhotoMetadata {
        request_id: id(),
        order_id: order.clone(),
        sha256: "0".repeat(64),
    };
    let corrupted = world.upload_as(metadata, &worker_token, PNG).await.unwrap_err();
    assert_eq!(corrupted.code(), Code::InvalidArgument);
    let headless = pb::UploadPhotoRequest {
        metadata: None,
        chunk: PNG.to_vec(),
    };
    let request = authorised(tokio_stream::iter([headless]), &worker_token);
    assert_eq!(
        world.orders().upload_photo(request).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    huge.truncate(10 * 1024 * 1024);
    world.upload(&order, &worker_token, &huge).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn o9_a_repeated_upload_is_the_same_photo_and_other_contents_are_refused() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let order = world.place(&client, &client_token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    let metadata = pb::PhotoMetadata {
        request_id: id(),
        order_id: order,
        sha256: String::new(),
    };
    let first = world
        .upload_as(metadata.clone(), &worker_token, PNG)
        .await
        .unwrap();
    let again = world
        .upload_as(metadata.clone(), &worker_token, PNG)
        .await
        .unwrap();
    assert_eq!(first, again);
    let other = world
        .upload_as(metadata, &worker_token, b"\xFF\xD8\xFF other")
        .await
        .unwrap_err();
    assert_eq!(reason_of(&other), "REQUEST_ID_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn o3_work_starts_only_with_a_photo_of_the_same_order() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let first = world.place(&client, &client_token, hour(1)).await;
    let second = world.place(&client, &client_token, hour(3)).await;
    world.until(&first, pb::OrderState::Assigned).await;
    world.until(&second, pb::OrderState::Assigned).await;
    let photo = world.upload(&first, &worker_token, PNG).await.unwrap().photo_id;
    for photo_id in [photo, id()] {
        let request = pb::StartWorkRequest {
            request_id: id(),
            order_id: second.clone(),
            photo_id,
        };
        let refused = world
            .orders()
            .start_work(authorised(request, &worker_token))
            .await
            .unwrap_err();
        assert_eq!(reason_of(&refused), "PHOTO_NOT_FOUND");
    }
    assert_eq!(
        world.get(&second).await.order.unwrap().state(),
        pb::OrderState::Assigned
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn o9_an_order_takes_twenty_photos_and_none_after_it_has_ended() {
    let world = World::start().await;
    let (client, client_token) = world.client().await;
    let (_, worker_token) = world.worker().await;
    let order = world.place(&client, &client_token, hour(1)).await;
    world.until(&order, pb::OrderState::Assigned).await;
    for _ in 0..20 {
        world.upload(&order, &worker_token, PNG).await.unwrap();
    }
    let full = world.upload(&order, &worker_token, PNG).await.unwrap_err();
    assert_eq!(reason_of(&full), "TOO_MANY_PHOTOS");
    let cancel = pb::CancelOrderRequest {
        request_id: id(),
        order_id: order.clone(),
        reason: String::new(),
    };
    world
        .orders()
        .cancel_order(authorised(cancel, &client_token))
        .await
        .unwrap();
    let ended = world.upload(&order, &worker_token, PNG).await.unwrap_err();
    assert_eq!(reason_of(&ended), "ORDER_TAKES_NO_PHOTOS");
}
