"""The plugin a clinic would write itself: it counts, and writes to the EHR while the EHR's event waits."""

import sys
import threading

import requests
from bare import Server
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from flask import Flask, Response, request

_local = threading.local()


def make_app(ehr_url: str) -> Flask:
    """PUT a response: parsed, counted, written to the EHR, 200."""
    app = Flask(__name__)

    @app.put("/notify/QuestionnaireResponse/<response_id>")
    def put(response_id: str) -> Response:
        response = QuestionnaireResponse.model_validate_json(request.get_data())
        codings = [answer.valueCoding for item in response.item or () for answer in item.answer or ()]
        yes = sum(coding is not None and coding.code == "yes" for coding in codings)
        observation = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "Predicted alliance fit"},
            "subject": response.model_dump()["subject"],
            "derivedFrom": [{"reference": f"QuestionnaireResponse/{response_id}"}],
            "valueString": f"Yes to {yes} of 9",
        }
        if not hasattr(_local, "session"):
            _local.session = requests.Session()
        try:
            _local.session.post(f"{ehr_url}/Observation", json=observation, timeout=10).raise_for_status()
        except requests.RequestException:
            return Response(status=502)
        return Response(status=200)

    return app


if __name__ == "__main__":
    Server(make_app(sys.argv[1])).run()
