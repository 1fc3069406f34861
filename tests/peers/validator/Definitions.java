import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Questionnaire;

/** The definitions in some folders. The library's own support hands out no Questionnaire; this one does. */
class Definitions extends PrePopulatedValidationSupport {
  private static final Pattern WANTED =
      Pattern.compile("\"resourceType\"\\s*:\\s*\"(CodeSystem|Questionnaire|StructureDefinition|ValueSet)\"");

  private final Map<String, IBaseResource> questionnaires = new HashMap<>();

  Definitions(FhirContext context, String... folders) throws IOException {
    super(context);
    for (String folder : folders) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), "*.json")) {
        for (Path file : files) {
          read(Files.readString(file));
        }
      }
    }
  }

  private void read(String text) {
    Matcher type = WANTED.matcher(text);
    if (!type.find()) {
      return;
    }
    IBaseResource resource = getFhirContext().newJsonParser().parseResource(text);
    if (resource instanceof Questionnaire questionnaire) {
      questionnaires.put(questionnaire.getUrl(), resource);
      questionnaires.put(questionnaire.getUrl() + "|" + questionnaire.getVersion(), resource);
    } else {
      addResource(resource);
    }
  }

  @Override
  public <T extends IBaseResource> T fetchResource(Class<T> type, String url) {
    IBaseResource found = questionnaires.get(url);
    boolean fits = found != null && (type == null || type.isInstance(found));
    @SuppressWarnings("unchecked")
    T questionnaire = fits ? (T) found : super.fetchResource(type, url);
    return questionnaire;
  }
}
