package dev.hone.architecture;

import java.util.Properties;

/** What Jib calls the image of a service. */
final class Images {
    private Images() {}

    static String of(Module service) {
        Properties properties = service.applicationProperties();
        String group = properties.getProperty("quarkus.container-image.group", "(no quarkus.container-image.group)");
        String name = properties.getProperty("quarkus.container-image.name", "(no quarkus.container-image.name)");
        return group + "/" + name + ":" + properties.getProperty("quarkus.container-image.tag", "0.1.0");
    }
}
