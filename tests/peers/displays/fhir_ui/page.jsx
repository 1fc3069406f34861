// The table of Material UI components for FHIR.
import { ObservationTable } from 'fhir-ui';
import { render, unmountComponentAtNode } from 'react-dom';

const chart = document.getElementById('chart');

window.show = (observations) => {
  unmountComponentAtNode(chart);
  render(
    <ObservationTable observations={observations} hideCheckboxes hideActionIcons hideBarcodes multiline={false} />,
    chart,
  );
};
