package dev.hone.ingest;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.Submission;
import dev.hone.ingest.intake.UserError;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.v1.Recipe;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Datasets over HTTP. The body of an upload is the file itself, so that {@code curl -T} streams it, however large. */
@Path("/v1/datasets")
@Blocking
@Produces(MediaType.APPLICATION_JSON)
public class DatasetResource {
    private static final Logger LOG = LoggerFactory.getLogger(DatasetResource.class);

    private final Intake intake;
    private final WorkSpace work;
    private final ArtifactStore store;
    private final IngestMetrics metrics;
    private final String defaultBase;

    DatasetResource(Intake intake, WorkSpace work, ArtifactStore store, IngestMetrics metrics, IngestConfig config) {
        this.intake = intake;
        this.work = work;
        this.store = store;
        this.metrics = metrics;
        this.defaultBase = config.ingest().defaultBase();
    }

    /**
     * Checks a file and announces the dataset; the reply comes when that is done.
     *
     * @param name   under which a model trained on it will be served
     * @param file   the file's name; its ending helps to tell the format
     * @param map    which columns mean what: {@code prompt=text,completion=category}
     * @param recipe wishes for the training, as the JSON of the proto message Recipe
     */
    @POST
    @Consumes(MediaType.WILDCARD)
    public DatasetReply.Ready upload(@QueryParam("name") @DefaultValue("") String name, @QueryParam("base") @DefaultValue("") String base,
            @QueryParam("file") @DefaultValue("") String file, @QueryParam("map") @DefaultValue("") String map,
            @HeaderParam("X-Hone-Recipe") @DefaultValue("") String recipe, InputStream body) throws IOException, UserError, InvalidEvent {
        if (file.isBlank()) {
            throw new UserError("missing_file_name", "Expected the file's name in the query parameter file, found none.");
        }
        String baseName = base.isEmpty() ? defaultBase : base;
        Submission.checkNames(name, baseName);
        ColumnMapping mapping = ColumnMapping.parse(map);
        Recipe wishes = recipe.isBlank() ? Recipe.getDefaultInstance() : EventJson.parse(recipe, Recipe.getDefaultInstance());
        java.nio.file.Path bytes = work.keep(body);
        try {
            Intake.Taken taken = intake.take(new Submission(name, baseName, file, bytes, mapping, wishes));
            metrics.taken("upload", taken);
            return DatasetReply.Ready.of(taken);
        } catch (UserError e) {
            metrics.refused("upload", e);
            throw e;
        } finally {
            work.delete(bytes);
        }
    }

    /** The report on a dataset, or on a file of which nothing was left. */
    @GET
    @Path("{id}")
    public byte[] report(@PathParam("id") String id) throws IOException {
        return store.read(file(id, DatasetReport.FILE)).orElseThrow(() -> missing(id));
    }

    /** One problem a line. */
    @GET
    @Path("{id}/problems")
    @Produces("application/x-ndjson")
    public InputStream problems(@PathParam("id") String id) throws IOException {
        if (!store.exists(file(id, DatasetReport.PROBLEMS_FILE))) {
            throw missing(id);
        }
        return store.open(file(id, DatasetReport.PROBLEMS_FILE));
    }

    private static String file(String id, String name) {
        return ArtifactLayout.file(ArtifactLayout.dataset(id), name);
    }

    private static ArtifactMissing missing(String id) {
        return new ArtifactMissing("Expected a dataset " + id + ", found none of this id.");
    }

    @ServerExceptionMapper
    Response refused(UserError error) {
        return reply(error.report().isPresent() ? 422 : 400, DatasetReply.Refused.of(error));
    }

    @ServerExceptionMapper
    Response invalid(InvalidEvent error) {
        return reply(400, DatasetReply.Refused.of("invalid_recipe", error.getMessage()));
    }

    @ServerExceptionMapper
    Response invalid(IllegalArgumentException error) {
        return reply(400, DatasetReply.Refused.of("invalid_request", error.getMessage()));
    }

    @ServerExceptionMapper
    Response missing(ArtifactMissing error) {
        return reply(404, DatasetReply.Refused.of("unknown_dataset", error.getMessage()));
    }

    @ServerExceptionMapper
    Response unavailable(IOException error) {
        LOG.warn("request failed reason={}", error.toString());
        return reply(503, DatasetReply.Refused.of("unavailable", "The store cannot be reached or failed; try again. " + error.getMessage()));
    }

    private static Response reply(int status, DatasetReply.Refused refused) {
        return Response.status(status).type(MediaType.APPLICATION_JSON).entity(refused).build();
    }
}
