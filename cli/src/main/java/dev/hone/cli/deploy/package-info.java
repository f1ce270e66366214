/**
 * What a person may say about what serves: by the deploy topic, like everybody else. Apart from the list of models, because
 * each word here is the next whole state of a name, made of the one that the topic holds now.
 */
package dev.hone.cli.deploy;
