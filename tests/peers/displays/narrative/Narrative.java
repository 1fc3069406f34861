import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.narrative.DefaultThymeleafNarrativeGenerator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.r4.model.DomainResource;

/** One resource a line comes in; out goes each with the narrative that HAPI makes of it. */
public final class Narrative {
    private static final FhirContext R4 = FhirContext.forR4();
    private static final DefaultThymeleafNarrativeGenerator GENERATOR = new DefaultThymeleafNarrativeGenerator();

    private Narrative() {}

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(told(line));
        }
    }

    private static String told(String json) {
        var parser = R4.newJsonParser();
        var resource = (DomainResource) parser.parseResource(json);
        GENERATOR.populateResourceNarrative(R4, resource);
        return parser.encodeResourceToString(resource);
    }
}
