package dev.hone.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.v1.GateRecipe;
import dev.hone.v1.QatRecipe;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Resources;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pages on recipes list every setting, and every key of other tools, as the code has them. */
class RecipePagesTest {
    private static final String HOW = " no longer says what the code does. Write its tables anew: run this test with -Dhone.update=true";

    @Test
    void givenTheRecipesMessage_whenThePagesTablesAreWrittenAnew_thenTheyAreTheOnesInTheRepository() throws IOException {
        RecipeTables tables = new RecipeTables();
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("training", tables.settings(TrainingRecipe.getDescriptor()));
        wanted.put("quantization", tables.settings(QuantizationRecipe.getDescriptor()));
        wanted.put("qat", tables.settings(QatRecipe.getDescriptor()));
        wanted.put("gate", tables.settings(GateRecipe.getDescriptor()));
        wanted.put("resources", tables.settings(Resources.getDescriptor()));
        hold("docs/recipes.md", wanted);
    }

    @Test
    void givenTheListsOfKeys_whenThePagesTablesAreWrittenAnew_thenTheyAreTheOnesInTheRepository() throws IOException {
        Map<String, String> wanted = new LinkedHashMap<>();
        for (String list : new String[] {"axolotl", "llama-factory", "peft", "openai"}) {
            wanted.put(list, RecipeTables.keys(Repository.read("cli/src/main/resources/dev/hone/cli/recipe/" + list + ".keys")));
        }
        hold("docs/other-recipes.md", wanted);
    }

    /** Each table stands between two marks: {@code <!-- made: gate -->} and {@code <!-- end -->}. */
    private static void hold(String page, Map<String, String> tables) throws IOException {
        Path file = Repository.file(page);
        String written = Repository.read(page);
        String made = written;
        for (Map.Entry<String, String> table : tables.entrySet()) {
            Pattern place = Pattern.compile("(<!-- made: " + table.getKey() + " -->\n).*?(<!-- end -->)", Pattern.DOTALL);
            Matcher found = place.matcher(made);
            assertEquals(true, found.find(), "Expected a place for the table " + table.getKey() + " in " + page + ", found none.");
            made = found.replaceFirst(match -> Matcher.quoteReplacement(match.group(1) + table.getValue() + match.group(2)));
        }
        if (Boolean.getBoolean("hone.update")) {
            Files.writeString(file, made);
            return;
        }
        assertEquals(made, written, page + HOW);
    }
}
