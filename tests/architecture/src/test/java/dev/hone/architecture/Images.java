package dev.hone.architecture;

/** What images/build.sh calls the image of a service. */
final class Images {
    private Images() {}

    static String of(Module service) {
        return "hone/" + service.name() + ":0.1.0";
    }
}
