package peer;

import ca.uhn.fhir.rest.server.RestfulServer;
import java.net.InetSocketAddress;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * A HAPI FHIR R4 JPA server on 127.0.0.1; says READY and its base URL when it listens.
 * System properties: port (0, any free one), db (a JDBC URL of H2; in memory), subscriptions.interval (500 ms).
 */
public final class HapiServer {

  private HapiServer() {}

  public static void main(String[] args) throws Exception {
    var beans = new AnnotationConfigApplicationContext(Storage.class, Rest.class);
    var servlet = new ServletHolder(beans.getBean(RestfulServer.class));
    servlet.setInitOrder(1); // it is set up before the port is open
    var web = new ServletContextHandler("/");
    web.addServlet(servlet, "/fhir/*");
    var jetty = new Server(new InetSocketAddress("127.0.0.1", Integer.getInteger("port", 0)));
    jetty.setHandler(web);
    jetty.start();
    var port = ((ServerConnector) jetty.getConnectors()[0]).getLocalPort();
    System.out.println("READY http://127.0.0.1:" + port + "/fhir");
    jetty.join();
  }
}
