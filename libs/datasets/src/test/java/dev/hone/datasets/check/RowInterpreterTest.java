package dev.hone.datasets.check;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
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
        "{'prompt':'p','completion':'c','label':true}                      > u:p a:c",
        "{'text':'p','category':'c'}                                       > u:p a:c",
        "{'messages':[{'role':'developer','content':'s'},{'role':'user','content':'p'},{'role':'assistant','content':'c','weight':1}]} > s:s u:p a:c",
        "{'messages':[{'role':'user','content':[{'type':'text','text':'p'},{'type':'text','text':'q'}]},{'role':'assistant','content':'c'}]} > u:pq a:c",
        "{'conversations':[{'from':'human','value':'p'},{'from':'gpt','value':'c'}],'system':'s'} > s:s u:p a:c",
        "{'prompt':[{'role':'user','content':'p'}],'completion':[{'role':'assistant','content':'c'}]} > u:p a:c",
        "{'messages':[{'role':'user','content':'p'},{'role':'assistant','content':'b','weight':0},{'role':'assistant','content':'c'}]} > u:p a:b/0 a:c",
        "{'text':'plain'}                                                  > plain",
        "{'prompt':' p','chosen':'c','rejected':'r '}                      > u:p + a:c - a:r",
        "{'system':'s','question':'p','chosen':'c','rejected':'r'}         > s:s u:p + a:c - a:r",
        "{'instruction':'p','input':'more','chosen':'c','rejected':'r'}    > u:p\\nmore + a:c - a:r",
        "{'prompt':[{'role':'user','content':'p'}],'chosen':[{'role':'assistant','content':'c'}],'rejected':[{'role':'assistant','content':'r'}]} > u:p + a:c - a:r",
        "{'chosen':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}],'rejected':[{'role':'user','content':'p'},{'role':'assistant','content':'r'}]} > u:p + a:c - a:r",
        "{'prompt':'p','chosen':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}],'rejected':[{'role':'user','content':'p'},{'role':'assistant','content':'r'}],'score':1} > u:p + a:c - a:r",
        "{'conversations':[{'from':'human','value':'p'}],'chosen':{'from':'gpt','value':'c'},'rejected':{'from':'gpt','value':'r'}} > u:p + a:c - a:r",
        "{'chosen':'\\n\\nHuman: p\\n\\nAssistant: c\\n\\nd','rejected':'\\n\\nHuman: p\\n\\nAssistant: r'} > u:p + a:c\\n\\nd - a:r",
        "{'input':{'messages':[{'role':'user','content':'p'}],'tools':[]},'preferred_output':[{'role':'assistant','content':'c'}],'non_preferred_output':[{'role':'assistant','content':'r'}]} > u:p + a:c - a:r"})
    void givenAKnownShape_whenInterpreted_thenTheRowIsCanonical(String json, String expected) throws Exception {
        String canonical = Rows.format(new RowInterpreter(ColumnMapping.NONE).interpret(JSON.readTree(json.replace('\'', '"'))));
        assertEquals(expected, brief(canonical));
    }

    /** Roles by their first letter; pairs as prompt + better - worse. */
    private static String brief(String canonical) throws Exception {
        var row = JSON.readTree(canonical);
        if (row.has("chosen")) {
            return brief(row.get("prompt")) + " + " + brief(row.get("chosen")) + " - " + brief(row.get("rejected"));
        }
        return row.has("text") ? row.get("text").asText() : brief(row.get("messages"));
    }

    private static String brief(JsonNode messages) {
        return StreamSupport.stream(messages.spliterator(), false).map(m -> m.path("role").asText().charAt(0) + ":"
                + m.path("content").asText().replace("\n", "\\n") + (m.has("weight") ? "/" + m.get("weight") : "")).collect(Collectors.joining(" "));
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
        "{'messages':[{'role':'user','content':'c','weight':0},{'role':'assistant','content':'c'}]} > data_type",
        "{'messages':[{'role':'assistant','content':'','tool_calls':[{}]}]} > unsupported_tools",
        "{'messages':[{'role':'user','content':'p'}],'tools':[{}]}         > unsupported_tools",
        "{'conversations':[{'from':'observation','value':'p'}]}            > unrecognized_role",
        "{'prompt':'','completion':'c'}                                    > empty_prompt",
        "{'prompt':'p','completion':'  '}                                  > empty_completion",
        "{'prompt':'p','completion':null}                                  > empty_completion",
        "{'prompt':'p','completion':'c','label':false}                     > unsupported_label",
        "{'instruction':'p','output':'c','kto_tag':false}                  > unsupported_label",
        "{'prompt':'p','completion':3}                                     > data_type",
        "{'text':' '}                                                      > missing_content",
        "{'prompt':'p','chosen':'c','rejected':' '}                        > empty_completion",
        "{'prompt':'','chosen':'c','rejected':'r'}                         > empty_prompt",
        "{'prompt':[],'chosen':'c','rejected':'r'}                         > data_type",
        "{'chosen':'c','rejected':'r'}                                     > empty_prompt",
        "{'prompt':'p','chosen':7,'rejected':'r'}                          > data_type",
        "{'prompt':'p','chosen':[],'rejected':'r'}                         > data_type",
        "{'prompt':'p','chosen':[{'role':'user','content':'c'}],'rejected':'r'} > example_missing_assistant_message",
        "{'prompt':'p','chosen':[{'role':'user','content':'c'},{'role':'assistant','content':'c'}],'rejected':'r'} > different_prompts",
        "{'prompt':'p','chosen':[{'role':'assistant','content':'c','weight':0}],'rejected':'r'} > unsupported_weight",
        "{'chosen':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}],'rejected':[{'role':'user','content':'q'},{'role':'assistant','content':'r'}]} > different_prompts",
        "{'chosen':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}],'rejected':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}]} > identical_pair",
        "{'chosen':[{'role':'user','content':'p'},{'role':'assistant','content':'c'}],'rejected':[{'role':'user','content':'p'}]} > empty_completion",
        "{'input':{'messages':[]},'preferred_output':[],'non_preferred_output':[]} > missing_messages_list"})
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
    void givenRowsOfSeveralKinds_whenInterpreted_thenOnlyTheKindOfTheFirstIsTaken() throws Exception {
        RowInterpreter file = new RowInterpreter(ColumnMapping.NONE);
        file.interpret(JSON.readTree("{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\"}"));
        assertEquals(Row.Kind.PREFERENCE, file.kind());
        assertEquals("mixed_rows", assertThrows(RowRejected.class, () -> file.interpret(JSON.readTree("{\"prompt\":\"p\",\"completion\":\"c\"}"))).code());
        assertEquals("prompt=prompt, chosen=chosen, rejected=rejected", file.describe());
    }

    @Test
    void givenAMappingOfAnswers_whenInterpreted_thenTheyArePairs() throws Exception {
        RowInterpreter file = new RowInterpreter(ColumnMapping.parse("prompt=q,chosen=good,rejected=bad,system=s"));
        assertEquals("s:be u:p + a:c - a:r", brief(Rows.format(file.interpret(JSON.readTree("{\"q\":\"p\",\"good\":\"c\",\"bad\":\"r\",\"s\":\"be\"}")))));
        assertDoesNotThrow(() -> ColumnMapping.parse("chosen=a,rejected=b"));
        assertThrows(IllegalArgumentException.class, () -> ColumnMapping.parse("prompt=a,chosen=b"));
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
