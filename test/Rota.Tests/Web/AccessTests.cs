using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rota.Access;
using Rota.Web.Auth;
using Xunit;

namespace Rota.Tests.Web;

public sealed class AccessTests(WebHost host) : IClassFixture<WebHost>
{
    private const string Password = "correct horse";

    private static readonly string[] Open =
    [
        "GET /healthz", "GET /readyz", "GET /setup", "POST /setup", "POST /api/v1/setup", "POST /api/v1/login", "GET /",
        "GET /console/sign-in", "HEAD /console/sign-in", "POST /console/sign-in", "POST /console/theme",
        "GET /console/assets/{name}",
    ];

    public static IReadOnlyList<(string Method, string Path, RouteEndpoint Endpoint)> Routes(WebHost host) =>
        [.. host.App.Services.GetRequiredService<IEnumerable<EndpointDataSource>>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(route => (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Select(method => (method, "/" + route.RoutePattern.RawText!.Trim('/'), route)))
            .Where(route => route.Item2 != WebHost.BrokenRoute)];

    [Fact]
    public async Task Every_route_answers_its_roles_and_nobody_else()
    {
        var wrong = new List<string>();
        foreach (var (method, path, endpoint) in Routes(host))
        {
            var name = $"{method} {path}";
            var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).ToList();
            var isOpen = Open.Contains(name);
            var letsAnybodyIn = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            if (isOpen != letsAnybodyIn || (!isOpen && policies.Count == 0))
                wrong.Add($"{name} names no role");
            if (isOpen)
                continue;
            // A person is led to the sign-in.
            var refused = !path.StartsWith("/console", StringComparison.Ordinal) ? 401 : method == "POST" ? 303 : 302;
            await ExpectAsync(host.Anonymous, refused, isEqual: true);
            await ExpectAsync(host.Viewer, 403, policies.Contains("operator") || policies.Contains("admin"));
            await ExpectAsync(host.Operator, 403, policies.Contains("admin"));

            async Task ExpectAsync(HttpClient client, int status, bool isEqual)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Concrete(path));
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                if ((int)answer.StatusCode == status != isEqual || (int)answer.StatusCode is 401 or 500 && !isEqual)
                    wrong.Add($"{name} answers {(int)answer.StatusCode}");
            }
        }
        Assert.Empty(wrong);
    }

    private static string Concrete(string path) => string.Join('/', path.Split('/')
        .Select(part => part.Replace("{documentName}", "v1"))
        .Select(part => part.StartsWith('{') ? "none" : part));

    [Fact]
    public void Every_changing_route_is_audited_or_known_to_change_nothing()
    {
        var silent = Routes(host)
            .Where(route => route.Method is not ("GET" or "HEAD")
                && route.Endpoint.Metadata.GetMetadata<AuditedAction>() is null)
            .Select(route => $"{route.Method} {route.Path}");
        Assert.Equal(["POST /console/theme", "POST /api/v1/schedules/preview"],
            silent.Where(route => !route.Contains("docs")));
    }

    [Fact]
    public async Task A_stranger_learns_nothing_of_unknown_routes()
    {
        await host.Anonymous.ProblemAsync("GET", "/api/v1/nothing", null, 401, "auth.required");
        await host.Viewer.ProblemAsync("GET", "/api/v1/nothing", null, 404, "route.not_found");
        await host.Viewer.ProblemAsync("DELETE", "/api/v1/nodes", null, 405, "request.invalid");
        await host.NewClient("rota_wrong").ProblemAsync("GET", "/api/v1/me", null, 401, "auth.required");
        await host.Viewer.ProblemAsync("GET", "/api/v1/users", null, 403, "auth.forbidden");
    }

    [Fact]
    public async Task A_user_logs_in_and_is_out_when_removed()
    {
        await host.Access.PutUserAsync("root", Role.Admin, Password, CancellationToken.None);
        await host.Admin.SendJsonAsync("PUT", "/api/v1/users/bob", new { role = "operator", password = Password }, 201);
        var session = await host.Anonymous.SendJsonAsync(
            "POST", "/api/v1/login", new { name = "bob", password = Password }, 200);
        var bob = host.NewClient(session.Text("token"));

        Assert.Equal("""{"name":"bob","role":"operator"}""", (await bob.GetJsonAsync("/api/v1/me")).GetRawText());
        await host.Admin.SendJsonAsync("PUT", "/api/v1/users/bob", new { role = "viewer" }, 200);
        Assert.Equal("viewer", (await bob.GetJsonAsync("/api/v1/me")).Text("role"));
        await host.Admin.SendJsonAsync("DELETE", "/api/v1/users/bob", null, 204);
        await bob.ProblemAsync("GET", "/api/v1/me", null, 401, "auth.required");
    }

    [Fact]
    public async Task A_cookie_needs_its_header_to_change_something()
    {
        await host.Access.PutUserAsync("carol", Role.Admin, Password, CancellationToken.None);
        using var login = await host.Anonymous.PostAsJsonAsync(
            "/api/v1/login", new { name = "carol", password = Password });
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        Assert.DoesNotContain("secure", cookie); // a browser would not send it back without TLS
        var browser = host.NewClient(token: null);
        browser.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);

        Assert.Equal("carol", (await browser.GetJsonAsync("/api/v1/me")).Text("name"));
        await browser.ProblemAsync("POST", "/api/v1/queues/q/pause", null, 403, "auth.forbidden");
        browser.DefaultRequestHeaders.Add("X-Requested-With", "rota");
        await browser.SendJsonAsync("POST", "/api/v1/queues/q/pause", null, 204);
    }

    [Fact]
    public async Task Behind_a_proxy_that_speaks_TLS_the_cookie_is_only_for_TLS()
    {
        await host.Access.PutUserAsync("erin", Role.Admin, Password, CancellationToken.None);
        var browser = host.NewClient(token: null);
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https, http");

        using var login = await browser.PostAsJsonAsync("/api/v1/login", new { name = "erin", password = Password });

        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("__Host-rota_session=", cookie);
        Assert.Contains("; secure", cookie);
        browser.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        Assert.Equal("erin", (await browser.GetJsonAsync("/api/v1/me")).Text("name"));
    }

    [Fact]
    public async Task Five_wrong_tries_lock_known_and_unknown_names_alike()
    {
        await host.Access.PutUserAsync("dave", Role.Admin, Password, CancellationToken.None);
        foreach (var name in (string[])["dave", "nobody"])
        {
            for (var time = 0; time < 5; time++)
                await host.Anonymous.ProblemAsync(
                    "POST", "/api/v1/login", new { name, password = "wrong" }, 401, "auth.wrong");
            await host.Anonymous.ProblemAsync(
                "POST", "/api/v1/login", new { name, password = Password }, 429, "auth.locked");
        }
    }

    [Fact]
    public async Task A_token_works_until_it_is_removed()
    {
        var made = await host.Admin.SendJsonAsync(
            "POST", "/api/v1/tokens", new { name = "ci", role = "operator", expires_in = "1h" }, 201);
        var client = host.NewClient(made.Text("token"));

        Assert.Equal("token:ci", (await client.GetJsonAsync("/api/v1/me")).Text("name"));
        var row = Assert.Single((await host.Admin.GetJsonAsync("/api/v1/tokens")).Items(),
            token => token.Text("name") == "ci");
        Assert.NotNull(row.Text("used_at"));
        Assert.Null(row.Text("token"));
        await host.Admin.ProblemAsync(
            "POST", "/api/v1/tokens", new { name = "ci", role = "viewer" }, 409, "token.taken");
        await host.Admin.SendJsonAsync("DELETE", "/api/v1/tokens/ci", null, 204);
        await client.ProblemAsync("GET", "/api/v1/me", null, 401, "auth.required");
        await host.Admin.ProblemAsync("DELETE", "/api/v1/tokens/ci", null, 404, "token.not_found");
    }

    [Fact]
    public async Task The_local_token_is_replaced_at_each_start()
    {
        var first = await host.Access.CreateLocalAsync("node-a", CancellationToken.None);
        var second = await host.Access.CreateLocalAsync("node-a", CancellationToken.None);

        Assert.Null(await host.Access.VerifyAsync(first, CancellationToken.None));
        Assert.Equal(
            new Caller("token:local:node-a", Role.Admin),
            await host.Access.VerifyAsync(second, CancellationToken.None));
    }

    [Fact]
    public async Task The_local_token_of_one_node_outlives_the_start_of_another()
    {
        var token = await host.Access.CreateLocalAsync("node-b", CancellationToken.None);
        await host.Access.CreateLocalAsync("node-c", CancellationToken.None);

        Assert.NotNull(await host.Access.VerifyAsync(token, CancellationToken.None));
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused_on_loopback()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz") { Headers = { Host = "evil.example" } };
        using var answer = await host.Anonymous.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/api/v1/me")]
    [InlineData("/setup")]
    public async Task Every_answer_carries_the_headers(string path)
    {
        using var answer = await host.Anonymous.GetAsync(path);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }
}

public sealed class SetupTests(WebHost host) : IClassFixture<WebHost>
{
    [Fact]
    public async Task The_first_administrator_is_made_once_and_only_with_the_code()
    {
        var code = await host.Access.StartAsync(adminPassword: null, CancellationToken.None);
        Assert.Contains($"value=\"{code}\"", await host.Anonymous.GetStringAsync($"/setup?code={code}"));
        Assert.DoesNotContain("<script>", await host.Anonymous.GetStringAsync("/setup?code=<script>"));
        await host.Anonymous.ProblemAsync("POST", "/api/v1/setup",
            new { code = "guess", name = "eve", password = "long enough" }, 401, "auth.wrong");
        await host.Anonymous.ProblemAsync("POST", "/api/v1/setup",
            new { code, name = "root", password = "short" }, 400, "request.invalid", "password");

        using var wrong = new FormUrlEncodedContent([new("code", "x"), new("name", "<b>"), new("password", "short")]);
        using var refused = await host.Anonymous.PostAsync("/setup", wrong);
        var page = await refused.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("role=\"alert\"", page);
        Assert.Contains("The set-up code is not the one", page);
        Assert.Contains("&lt;b&gt;", page);
        Assert.Contains("id=\"code\" name=\"code\"", page);

        using var form = new FormUrlEncodedContent(
            [new("code", code), new("name", "root"), new("password", "long enough")]);
        using var made = await host.Anonymous.PostAsync("/setup", form);

        Assert.Contains("<b>root</b>", await made.Content.ReadAsStringAsync());
        Assert.Contains("rota_session=", made.Headers.GetValues("Set-Cookie").Single());
        await host.Anonymous.ProblemAsync("POST", "/api/v1/setup",
            new { code, name = "eve", password = "long enough" }, 401, "auth.wrong");
        Assert.Null(await host.Access.StartAsync(adminPassword: null, CancellationToken.None));
        await host.Admin.ProblemAsync("DELETE", "/api/v1/users/root", null, 409, "user.last_admin");
        await host.Admin.ProblemAsync("PUT", "/api/v1/users/root", new { role = "viewer" }, 409, "user.last_admin");
    }
}
