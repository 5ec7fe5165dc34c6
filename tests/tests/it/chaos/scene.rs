//! A mesh with everybody on it: what load, killer and audit share.

use std::sync::Arc;

use artel::failure::Error;
use rand::rngs::StdRng;

use super::audit::{self, Findings};
use super::bookmaker::Bookmaker;
use super::cast::Cast;
use super::desk::Desk;
use super::life::Lane;
use super::progress::Progress;
use super::{PATIENCE, calm, clerk};
use crate::mesh::Mesh;

pub struct Scene {
    pub mesh: Arc<Mesh>,
    pub desk: Arc<Desk>,
    pub cast: Arc<Cast>,
    pub bookmaker: Arc<Bookmaker>,
    pub progress: Arc<Progress>,
}

impl Scene {
    /// Everybody is there, nothing has been ordered.
    pub async fn set(mesh: &Arc<Mesh>, progress: Progress) -> Result<Self, Error> {
        let quiet = Box::new(|_: &str, _: &str| {});
        let stage = mesh.patient_stage(quiet, Box::new(|_, _, _| Ok(())), PATIENCE);
        let desk = Arc::new(Desk::new(stage));
        Ok(Self {
            cast: Arc::new(Cast::assemble(&desk).await?),
            bookmaker: Arc::new(Bookmaker::new(mesh)),
            progress: Arc::new(progress),
            mesh: Arc::clone(mesh),
            desk,
        })
    }

    pub fn lane(&self, chance: StdRng) -> Lane {
        Lane {
            chance,
            desk: Arc::clone(&self.desk),
            cast: Arc::clone(&self.cast),
            bookmaker: Arc::clone(&self.bookmaker),
            progress: Arc::clone(&self.progress),
        }
    }

    /// Closes the books, and waits until nothing is under way any more.
    pub async fn comes_to_rest(&self) -> Result<(), Error> {
        calm::settled(&self.mesh, &self.desk.stage).await;
        // What was booked since the clerk last did.
        clerk::close(&self.desk).await?;
        calm::settled(&self.mesh, &self.desk.stage).await;
        Ok(())
    }

    pub async fn audit(&self) -> Result<Findings, Error> {
        audit::audit(&self.mesh, &self.desk, &self.cast, &self.bookmaker).await
    }
}
