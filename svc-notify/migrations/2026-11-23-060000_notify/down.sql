DROP TABLE deliveries;
DROP TABLE notifications;
DROP TABLE recipients;
