package dev.hone.datasets.check;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.llm.data.Rows;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowInterpreterTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @CsvSource(delimiter = '>', quoteCharacter = '`', value = {
        "{'prompt':' p ','completion':' c'}                                > u:p a:c",
        "{'instruction':'p','input':'more','output':'c'}                   > u:p\\nmore a:c",
        "{'instruction':'p','input':'','output':'c','system':'s'}          > s:s u:p a:c",
        "{'instruction':'p','output':'c','history':[['q','b']]}            > u:q a:b u:p a:c",
        "{'Question':'p','Answer':'c'}                                     > u:p a:c",
        "{'text':'p','category':'c'}                                       > u:p a:c",
        "{'messages':[{'role':'developer','content':'s'},{'role':'user','content':'p'},{'role':'assistant','content':'c','weight':1}]} > s:s u:p a:c",
        "{'messages':[{'role':'user','content':[{'type':'text','text':'p'},{'type':'text','text':'q'}]},{'role':'assistant','content':'c'}]} > u:pq a:c",
        "{'conversations':[{'from':'human','value':'p'},{'from':'gpt','value':'c'}],'system':'s'} > s:s u:p a:c",
        "{'prompt':[{'role':'user','content':'p'}],'completion':[{'role':'assistant','content':'c'}]} > u:p a:c",
        "{'text':'plain'}                                                  > plain"})
    void givenAKnownShape_whenInterpreted_thenTheRowIsCanonical(String json, String expected) throws Exception {
        String canonical = Rows.format(new RowInterpreter(ColumnMapping.NONE).interpret(JSON.readTree(json.replace('\'', '"'))));
        assertEquals(expected, brief(canonical));
    }

    private static String brief(String canonical) throws Exception {
        var row = JSON.readTree(canonical);
        StringBuilder brief = new StringBuilder(row.path("text").asText());
        row.path("messages").forEach(m -> brief.append(brief.isEmpty() ? "" : " ").append(m.path("role").asText().charAt(0)).append(':')
                .append(m.path("content").asText().replace("\n", "\\n")));
        return brief.toString();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '>', quoteCharacter = '`', value = {
        "[1]                                                               > data_type",
        "{'foo':1}                                                         > missing_messages_list",
        "{'messages':[]}                                                   > missing_messages_list",
        "{'messages':'hi'}                                                 > missing_messages_list",
        "{'messages':['hi']}                                               > data_type",
        "{'messages':[{'content':'p'}]}                                    > message_missing_key",
        "{'messages':[{'role':'user'}]}                                    > message_missing_key",
        "{'messages':[{'role':'user','content':'p','extra':1}]}            > message_unrecognized_key",
        "{'messages':[{'role':'robot','content':'p'}]}                     > unrecognized_role",
        "{'messages':[{'role':'user','content':null}]}                     > missing_content",
        "{'messages':[{'role':'user','content':7}]}                        > data_type",
        "{'messages':[{'role':'user','content':[{'type':'image_url'}]}]}   > data_type",
        "{'messages':[{'role':'assistant','content':'c','weight':2}]}      > data_type",
        "{'messages':[{'role':'user','content':'p'},{'role':'assistant','content':'c','weight':0}]} > all_labels_masked",
        "{'messages':[{'role':'assistant','content':'c','weight':0},{'role':'assistant','content':'c'}]} > unsupported_weight",
        "{'messages':[{'role':'assistant','content':'','tool_calls':[{}]}]} > unsupported_tools",
        "{'messages':[{'role':'user','content':'p'}],'tools':[{}]}         > unsupported_tools",
        "{'conversations':[{'from':'observation','value':'p'}]}            > unrecognized_role",
        "{'prompt':'','completion':'c'}                                    > empty_prompt",
        "{'prompt':'p','completion':'  '}                                  > empty_completion",
        "{'prompt':'p','completion':null}                                  > empty_completion",
        "{'prompt':'p','completion':3}                                     > data_type",
        "{'text':' '}                                                      > missing_content"})
    void givenABrokenRow_whenInterpreted_thenTheCodeSaysWhy(String json, String code) throws Exception {
        var value = JSON.readTree(json.replace('\'', '"'));
        RowRejected rejected = assertThrows(RowRejected.class, () -> new RowInterpreter(ColumnMapping.NONE).interpret(value));
        assertEquals(code, rejected.code(), rejected.getMessage());
    }

    @Test
    void givenAFileOfPairs_whenARowLacksAKey_thenTheMissingHalfIsNamed() throws Exception {
        RowInterpreter file = new RowInterpreter(ColumnMapping.NONE);
        file.interpret(JSON.readTree("{\"prompt\":\"p\",\"completion\":\"c\"}"));
        assertEquals("empty_completion", assertThrows(RowRejected.class, () -> file.interpret(JSON.readTree("{\"prompt\":\"p\"}"))).code());
        assertEquals("mixed_rows", assertThrows(RowRejected.class, () -> file.interpret(JSON.readTree("{\"text\":\"p\"}"))).code());
    }

    @Test
    void givenAMapping_whenInterpreted_thenItIsPreferredToAGuess() throws Exception {
        RowInterpreter file = new RowInterpreter(ColumnMapping.parse("prompt=b, completion=a"));
        assertEquals("u:2 a:1", brief(Rows.format(file.interpret(JSON.readTree("{\"a\":\"1\",\"b\":\"2\",\"messages\":[]}")))));
        assertEquals("missing_key", assertThrows(RowRejected.class, () -> file.interpret(JSON.readTree("{\"a\":\"1\"}"))).code());
    }

    @Test
    void givenColumns_whenNoneFits_thenTheErrorListsThem() {
        UnusableFile refused = assertThrows(UnusableFile.class, () -> new RowInterpreter(ColumnMapping.NONE).check(List.of("alpha", "beta")));
        assertEquals("no_columns_fit", refused.code());
        assertTrue(refused.getMessage().contains("[alpha, beta]"), refused.getMessage());
        assertThrows(UnusableFile.class, () -> new RowInterpreter(ColumnMapping.parse("prompt=x,completion=y")).check(List.of("x", "z")));
        assertDoesNotThrow(() -> new RowInterpreter(ColumnMapping.NONE).check(List.of("id", "question", "answer")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '>', value = {"prompt=a", "prompt=", "nonsense", "prompt=a,completion=b,weight=c", "text=a,prompt=b,completion=c"})
    void givenABadMapping_whenParsed_thenRefused(String mapping) {
        assertThrows(IllegalArgumentException.class, () -> ColumnMapping.parse(mapping));
    }
}
