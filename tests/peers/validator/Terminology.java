import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** Codes are looked up in memory, and a wrong display is an error: left alone the library never compares it. */
class Terminology extends InMemoryTerminologyServerValidationSupport {

  Terminology(FhirContext context) {
    super(context);
    setIssueSeverityForCodeDisplayMismatch(IssueSeverity.ERROR);
  }

  private static ConceptValidationOptions strict(ConceptValidationOptions options) {
    return ConceptValidationOptions.copy(options).setValidateDisplay(true);
  }

  @Override
  public CodeValidationResult validateCode(
      ValidationSupportContext context,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      String valueSet) {
    return super.validateCode(context, strict(options), system, code, display, valueSet);
  }

  @Override
  public CodeValidationResult validateCodeInValueSet(
      ValidationSupportContext context,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      IBaseResource valueSet) {
    return super.validateCodeInValueSet(context, strict(options), system, code, display, valueSet);
  }
}
