package dev.hone.trainer;

final class TrainJob {
    private TrainJob() {}
}
