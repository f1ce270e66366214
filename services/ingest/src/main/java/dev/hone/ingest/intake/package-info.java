/**
 * From a file somebody sent to a published dataset and its event. Uploads, inbox objects and feedback all end here, so
 * that there is one place in which a dataset comes to be.
 */
package dev.hone.ingest.intake;
