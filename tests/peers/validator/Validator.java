import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirDefaultPolicyAdvisor;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.common.hapi.validation.validator.WorkerContextValidationSupportAdapter;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;

/**
 * {@code Validator FOLDER...}: one request a line, one answer a line, until the input ends.
 *
 * <p>A request holds {@code resource} (JSON text), {@code profile} (or null) and {@code beside} ({@code Type/id} →
 * JSON text); an answer is the list of messages. Nothing is fetched from anywhere.
 */
class Validator {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Neighbours neighbours = new Neighbours();
  private final FhirValidator validator;

  Validator(String... folders) throws IOException {
    FhirContext context = FhirContext.forR4();
    IValidationSupport known =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new Definitions(context, folders),
            new CommonCodeSystemsTerminologyService(context),
            new Terminology(context),
            new SnapshotGeneratingValidationSupport(context));
    validator = context.newValidator().registerValidatorModule(module(known));
  }

  private FhirInstanceValidator module(IValidationSupport known) {
    FhirInstanceValidator module = new FhirInstanceValidator(known);
    module.setWrappedWorkerContext(known, new Release(known));
    module.setAnyExtensionsAllowed(false);
    module.setErrorForUnknownProfiles(true);
    module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
    module.setValidatorResourceFetcher(neighbours);
    module.setValidatorPolicyAdvisor(new CheckReferences());
    return module;
  }

  /** "4.0.1" sends the check of an extension's context to a package server; the release "4.0" is taken as here. */
  private static class Release extends WorkerContextValidationSupportAdapter {
    Release(IValidationSupport known) {
      super(known);
    }

    @Override
    public String getVersion() {
      return "4.0";
    }
  }

  /** Left alone the library never looks at what a reference leads to. */
  private static class CheckReferences extends FhirDefaultPolicyAdvisor {
    @Override
    public ReferenceValidationPolicy policyForReference(
        IResourceValidator validator, Object host, String path, String url, ReferenceDestinationType type) {
      return ReferenceValidationPolicy.CHECK_TYPE_IF_EXISTS;
    }
  }

  private List<Map<String, String>> answer(JsonNode request) {
    Map<String, String> beside = new HashMap<>();
    request.get("beside").properties().forEach(one -> beside.put(one.getKey(), one.getValue().asText()));
    neighbours.byReference = beside;
    ValidationOptions options = new ValidationOptions();
    if (request.hasNonNull("profile")) {
      options.addProfile(request.get("profile").asText());
    }
    return messages(request.get("resource").asText(), options);
  }

  /** Some values that are no FHIR make the library stumble: that, too, is a verdict. */
  private List<Map<String, String>> messages(String resource, ValidationOptions options) {
    try {
      return validator.validateWithResult(resource, options).getMessages().stream().map(Validator::told).toList();
    } catch (RuntimeException fault) {
      return List.of(told("fatal", "exception", "", fault.toString()));
    }
  }

  private static Map<String, String> told(SingleValidationMessage message) {
    return told(
        message.getSeverity().getCode(), message.getMessageId(), message.getLocationString(), message.getMessage());
  }

  private static Map<String, String> told(String severity, String id, String location, String text) {
    return Map.of("severity", severity, "id", given(id), "location", given(location), "text", given(text));
  }

  private static String given(String text) {
    return text == null ? "" : text;
  }

  public static void main(String[] folders) throws IOException {
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    Validator validator = new Validator(folders);
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(JSON.writeValueAsString(validator.answer(JSON.readTree(line))));
    }
  }
}
