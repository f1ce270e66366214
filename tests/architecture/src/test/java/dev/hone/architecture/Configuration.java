package dev.hone.architecture;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The configuration keys a service knows: those of its {@code @ConfigMapping} and those its application.properties
 * sets or refers to.
 */
record Configuration(Set<String> keys) {
    private static final String MAPPING = "io.smallrye.config.ConfigMapping";
    private static final String WITH_NAME = "io.smallrye.config.WithName";
    private static final String WITH_PARENT_NAME = "io.smallrye.config.WithParentName";

    private static final Map<Module, Configuration> READ = new ConcurrentHashMap<>();

    static Configuration of(Module service) {
        return READ.computeIfAbsent(service, Configuration::read);
    }

    private static Configuration read(Module service) {
        Set<String> keys = new TreeSet<>();
        Properties properties = service.applicationProperties();
        properties.forEach((key, value) -> {
            keys.add(key.toString());
            java.util.regex.Pattern.compile("\\$\\{([^:}]+)").matcher(value.toString()).results().forEach(found -> keys.add(found.group(1)));
        });
        for (JavaClass type : Repository.classes(service::equals)) {
            type.tryGetAnnotationOfType(MAPPING).ifPresent(mapping -> addMethods(type, text(mapping, "prefix").orElse(""), keys));
        }
        keys.addAll(namedInSource(service));
        if (service.pom().dependencies().stream().anyMatch(dependency -> dependency.artifactId().equals("hone-jobs"))) {
            keys.addAll(jobKeys());
        }
        return new Configuration(keys);
    }

    /** Keys that code asks for by name, such as those of {@code @ConfigProperty}. */
    private static Set<String> namedInSource(Module service) {
        return JavaSource.of(service).flatMap(source -> source.find("(?:@ConfigProperty\\(name = \"|Value\\(\"|\\$\\{)((?:hone|kafka)\\.[a-z0-9.-]+)"))
                .map(found -> found.group(1)).collect(Collectors.toSet());
    }

    /** libs/jobs knows no configuration framework: it looks its keys up one by one. */
    private static Set<String> jobKeys() {
        return JavaSource.of(Repository.module("libs/jobs"))
                .flatMap(source -> source.find("keys\\.(?:text|number|optional)\\(\"([^\"]+)\""))
                .map(found -> "hone.jobs." + found.group(1)).collect(Collectors.toSet());
    }

    /** Whether an environment variable reaches one of the keys, by MicroProfile's rule: other characters become {@code _}. */
    boolean knows(String environmentVariable) {
        return keys.stream().anyMatch(key -> asEnvironmentVariable(key).equals(environmentVariable));
    }

    static String asEnvironmentVariable(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static void addMethods(JavaClass type, String prefix, Set<String> keys) {
        for (JavaMethod method : type.getMethods()) {
            if (!method.getModifiers().contains(JavaModifier.ABSTRACT)) {
                continue;
            }
            String name = method.tryGetAnnotationOfType(WITH_NAME).flatMap(with -> text(with, "value")).orElseGet(() -> kebab(method.getName()));
            String key = method.isAnnotatedWith(WITH_PARENT_NAME) ? prefix : prefix.isEmpty() ? name : prefix + "." + name;
            JavaClass returned = method.getRawReturnType();
            if (returned.isInterface() && returned.getName().startsWith(type.getPackageName() + ".")) {
                addMethods(returned, key, keys);
            } else {
                keys.add(key);
            }
        }
    }

    private static Optional<String> text(JavaAnnotation<?> annotation, String property) {
        return annotation.get(property).map(Object::toString).filter(value -> !value.isEmpty());
    }

    private static String kebab(String camel) {
        return camel.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }
}
