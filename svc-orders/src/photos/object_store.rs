use std::sync::Arc;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, PutPayload};

use super::{Error, Received};
use crate::domain::ids::OrderId;

/// The store that the setting `ARTEL_PHOTO_STORE` names.
#[derive(Debug, Clone)]
pub struct PhotoStore {
    objects: Arc<dyn ObjectStore>,
}

impl PhotoStore {
    /// `setting` is a folder, which is created if it does not exist, or `s3://bucket/prefix`. The
    /// variables `AWS_*` name credentials, region and endpoint of an S3 store.
    pub fn open(setting: &str) -> Result<Self, Error> {
        let Some(address) = setting.strip_prefix("s3://") else {
            return Self::folder(setting);
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        if bucket.is_empty() {
            return Err(Error::Setting(setting.to_owned()));
        }
        let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
        Ok(Self {
            objects: Arc::new(PrefixStore::new(bucket, prefix)),
        })
    }

    fn folder(path: &str) -> Result<Self, Error> {
        std::fs::create_dir_all(path).map_err(|_| Error::Setting(path.to_owned()))?;
        let folder = LocalFileSystem::new_with_prefix(path)?.with_automatic_cleanup(false);
        Ok(Self {
            objects: Arc::new(folder),
        })
    }

    /// Stores a photo and returns its key. The key follows from the content, so that a repeated
    /// upload replaces the same object and leaves no garbage.
    pub async fn put(&self, order: OrderId, photo: &Received) -> Result<String, Error> {
        let location = format!("orders/{order}/{}", photo.sha256);
        self.objects
            .put(
                &Path::from(location.as_str()),
                PutPayload::from_bytes(photo.content.clone()),
            )
            .await?;
        Ok(location)
    }

    pub async fn get(&self, location: &str) -> Result<Bytes, Error> {
        Ok(self.objects.get(&Path::from(location)).await?.bytes().await?)
    }

    /// Fails unless the store answers.
    pub async fn probe(&self) -> Result<(), Error> {
        match self.objects.head(&Path::from("health")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::photo::Format;

    #[tokio::test]
    async fn o9_a_photo_that_was_stored_in_a_folder_is_read_back() {
        let folder = std::env::temp_dir().join(format!("artel-photos-{}", uuid::Uuid::now_v7()));
        let store = PhotoStore::open(folder.to_str().unwrap()).unwrap();
        let photo = Received {
            content: Bytes::from_static(b"pixels"),
            format: Format::Png,
            sha256: "abc".into(),
        };
        let first = store.put(OrderId::generate(), &photo).await.unwrap();
        assert_eq!(store.get(&first).await.unwrap(), photo.content);
        store.probe().await.unwrap();
        assert!(store.get("orders/none").await.is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_setting_without_a_bucket_is_refused() {
        assert!(matches!(PhotoStore::open("s3:///photos"), Err(Error::Setting(_))));
    }
}
