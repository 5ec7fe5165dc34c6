//! svc-consumables: the department that packs a kit, with a cookie baked for that very client, for every order.
pub mod domain;
