package dev.keystile.playground.members;

import dev.keystile.Keystile;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A page on which one says who one is, and is. A demo: it asks for no password. What it does guard is what every login has
 * to: no other page logs a browser in or out, and the session begins anew.
 */
public final class LoginServlet extends HttpServlet {

    private static final String CONSOLE = DemoMembers.CONSOLE + "/";
    private static final String PLACE = "<!-- members -->";

    private @Nullable String page;
    private @Nullable String policy;

    @Override
    public void init() throws ServletException {
        try (InputStream file = LoginServlet.class.getResourceAsStream("login.html")) {
            if (file == null) {
                throw new ServletException("login.html is missing on the class path");
            }
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            page = text;
            policy = "default-src 'none'; style-src 'sha256-" + digest(between(text, "<style>", "</style>"))
                    + "'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        } catch (IOException | NoSuchAlgorithmException failure) {
            throw new ServletException("login.html cannot be used", failure);
        }
    }

    private static String between(String text, String start, String end) {
        return text.substring(text.indexOf(start) + start.length(), text.indexOf(end));
    }

    private static String digest(String text) throws NoSuchAlgorithmException {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return Base64.getEncoder().encodeToString(digest);
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String template = page;
        if (template == null) {
            throw new IllegalStateException("the servlet was not initialised");
        }
        Keystile keystile = DemoMembers.keystileOf(getServletContext());
        String members = members(keystile, DemoMembers.memberOf(request));
        byte[] body = template.replace(PLACE, members).getBytes(StandardCharsets.UTF_8);
        response.setHeader("Content-Security-Policy", policy);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "same-origin");
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("text/html;charset=UTF-8");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** Nothing in it comes from a request. */
    private static String members(Keystile keystile, Optional<DemoMember> here) {
        StringBuilder html = new StringBuilder();
        for (DemoMember member : DemoMember.values()) {
            boolean current = here.filter(member::equals).isPresent();
            html.append("<button name=\"member\" value=\"%s\"%s>".formatted(member.id(), current ? " class=here" : ""))
                    .append("<strong>%s</strong> <em>%s%s</em>"
                            .formatted(member.person(), member.role(), current ? ", logged in" : ""))
                    .append("<span>%s</span></button>\n"
                            .formatted(member.may(keystile.keyManager().issuers())));
        }
        if (here.isPresent()) {
            html.append("<p><a href=\"" + CONSOLE + "\">To the console</a>")
                    .append("<button class=plain name=\"member\" value=\"\">Log out</button></p>\n");
        }
        return html.toString();
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!DemoMembers.isFromThisHost(request) || !isOwnPage(request)) {
            response.sendError(HttpServletResponse.SC_FORBIDDEN);
            return;
        }
        Optional<DemoMember> member = DemoMember.ofId(String.valueOf(request.getParameter("member")));
        member.ifPresentOrElse(it -> DemoMembers.logIn(request, it), () -> DemoMembers.logOut(request));
        response.setStatus(HttpServletResponse.SC_SEE_OTHER);
        response.setHeader("Location", member.isPresent() ? CONSOLE : DemoMembers.LOGIN);
    }

    /** Browsers say where a form was sent from by one header or the other. */
    private static boolean isOwnPage(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        return site != null
                ? site.equals("same-origin")
                : ("http://" + request.getHeader("Host")).equals(request.getHeader("Origin"));
    }
}
