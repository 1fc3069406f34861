import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import java.nio.charset.StandardCharsets;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.r4.model.StructureDefinition;

/** A StructureDefinition on stdin; the same with its snapshot on stdout. */
class Snapshot {
  public static void main(String[] arguments) throws Exception {
    FhirContext context = FhirContext.forR4();
    ValidationSupportChain support =
        new ValidationSupportChain(
            new DefaultProfileValidationSupport(context),
            new CommonCodeSystemsTerminologyService(context),
            new InMemoryTerminologyServerValidationSupport(context),
            new SnapshotGeneratingValidationSupport(context));
    String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    StructureDefinition profile = context.newJsonParser().parseResource(StructureDefinition.class, text);
    var made =
        support.generateSnapshot(
            new ValidationSupportContext(support), profile, profile.getUrl(), null, profile.getName());
    byte[] told = context.newJsonParser().encodeResourceToString(made).getBytes(StandardCharsets.UTF_8);
    System.out.write(told, 0, told.length);
    System.out.flush();
  }
}
