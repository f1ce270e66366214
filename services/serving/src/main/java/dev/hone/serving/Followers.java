package dev.hone.serving;

/** The topics that every replica reads. @param feedback begins once the deploy topic was read */
record Followers(TopicFollower deploy, TopicFollower feedback) {}
