package dev.hone.images;

import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;

/** Where things lie inside an image. All of it belongs to root and is only read; what a service writes goes below {@link #SCRATCH} and /tmp. */
final class ContainerPaths {
    static final AbsoluteUnixPath APP = AbsoluteUnixPath.get("/opt/hone/app");
    static final AbsoluteUnixPath ENGINE = AbsoluteUnixPath.get("/opt/hone/native/torch");
    static final AbsoluteUnixPath TOKENIZER = AbsoluteUnixPath.get("/opt/hone/native/tokenizers");
    static final AbsoluteUnixPath SCRATCH = AbsoluteUnixPath.get("/scratch");

    private ContainerPaths() {}
}
