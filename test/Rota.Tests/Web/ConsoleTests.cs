using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rota.Access;
using Xunit;

namespace Rota.Tests.Web;

public sealed partial class ConsoleTests(WebHost host) : IClassFixture<WebHost>
{
    private const string Password = "correct horse";

    /// <summary>A browser without a window: cookies, forms, and no redirect that is not looked at.</summary>
    private async Task<(HttpClient Client, CookieContainer Cookies)> BrowserAsync(Role? role)
    {
        var cookies = new CookieContainer();
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(host.App.Urls.First()),
        };
        await host.Access.PutUserAsync("root", Role.Admin, Password, CancellationToken.None); // there must be one
        if (role is not { } given)
            return (client, cookies);
        await host.Access.PutUserAsync($"a.{given}", given, Password, CancellationToken.None);
        var token = await TokenAsync(client, "/console/sign-in");
        using var answer = await SendAsync(client, "/console/sign-in", token, ("name", $"a.{given}"),
            ("password", Password), ("return", "/console/jobs"));
        Assert.Equal("/console/jobs", answer.Headers.Location?.ToString());
        return (client, cookies);
    }

    private static async Task<string> TokenAsync(HttpClient client, string page) =>
        Token().Match(await client.GetStringAsync(page)).Groups["token"].Value;

    private static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, string path, string token, params (string, string)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Append(("__RequestVerificationToken", token))
            .Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
        return await client.PostAsync(path, form);
    }

    [GeneratedRegex("""name="__RequestVerificationToken" value="(?<token>[^"]+)""", RegexOptions.None, 1_000)]
    private static partial Regex Token();

    [Fact]
    public async Task Who_is_not_signed_in_is_led_to_the_sign_in_and_back()
    {
        var (client, _) = await BrowserAsync(role: null);
        using var page = await client.GetAsync("/console/jobs?state=failed&kind=a b");
        Assert.Equal(HttpStatusCode.Found, page.StatusCode);
        Assert.Equal("/console/sign-in?return=%2Fconsole%2Fjobs%3Fstate%3Dfailed%26kind%3Da%2520b",
            page.Headers.Location?.ToString());
        using var foreign = await client.GetAsync("/console/sign-in?return=https://evil.example/console");
        Assert.Contains("""name="return" value="/console" """, await foreign.Content.ReadAsStringAsync());

        using var part = new HttpRequestMessage(HttpMethod.Get, "/console/jobs");
        part.Headers.Add("HX-Request", "true");
        using var refused = await client.SendAsync(part);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("true", refused.Headers.GetValues("HX-Refresh").Single());

        // From a link on another site comes no cookie; the page asks once more for itself.
        using var link = new HttpRequestMessage(HttpMethod.Get, "/console/jobs");
        link.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var again = await client.SendAsync(link);
        Assert.Contains("http-equiv=\"refresh\"", await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_get_the_same_answer()
    {
        var (client, _) = await BrowserAsync(role: null);
        await host.Access.PutUserAsync("known", Role.Viewer, Password, CancellationToken.None);
        var token = await TokenAsync(client, "/console/sign-in");
        var pages = new List<string>();
        foreach (var name in (string[])["known", "nobody"])
        {
            using var answer = await SendAsync(
                client, "/console/sign-in", token, ("name", name), ("password", "guess"));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            pages.Add(Token().Replace((await answer.Content.ReadAsStringAsync()).Replace(name, "NAME"), ""));
        }
        Assert.Equal(pages[0], pages[1]);
        Assert.Contains("The name or the password is wrong.", pages[0]);
        Assert.DoesNotContain("guess", pages[0]);
    }

    [Fact]
    public async Task A_form_without_the_token_of_its_page_is_refused()
    {
        var (client, cookies) = await BrowserAsync(Role.Operator);
        var id = await host.EnqueueAsync("test.say", new { text = "later" }, new { delay = "1h" });
        var token = await TokenAsync(client, $"/console/jobs/{id}");

        using var without = await SendAsync(client, $"/console/jobs/{id}/cancel", "");
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Contains("made for another session", await without.Content.ReadAsStringAsync());
        using var header = new HttpRequestMessage(HttpMethod.Post, $"/console/jobs/{id}/cancel")
        {
            Headers = { { "X-Requested-With", "rota" } },
        };
        using var onlyHeader = await client.SendAsync(header);
        Assert.Equal(HttpStatusCode.BadRequest, onlyHeader.StatusCode);
        var (other, _) = await BrowserAsync(Role.Admin);
        using var foreign = await SendAsync(other, $"/console/jobs/{id}/cancel", token);
        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        Assert.Equal(JobState.Scheduled, (await host.Jobs.GetAsync(new JobId(id), CancellationToken.None)).State);

        // The token stands for the forms of the console alone: a call of the API still needs its header.
        using var api = await SendAsync(client, $"/api/v1/jobs/{id}/cancel", token);
        Assert.Equal(HttpStatusCode.Forbidden, api.StatusCode);
        Assert.NotEmpty(cookies.GetAllCookies());
    }

    [Fact]
    public async Task An_action_leads_back_with_a_toast_that_is_told_once_and_stands_in_the_audit()
    {
        var (client, _) = await BrowserAsync(Role.Operator);
        var id = await host.EnqueueAsync("test.say", new { text = "later" }, new { delay = "1h" });
        var token = await TokenAsync(client, $"/console/jobs/{id}");

        using var done = await SendAsync(
            client, $"/console/jobs/{id}/cancel", token, ("return", $"/console/jobs/{id}"));
        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        Assert.Equal($"/console/jobs/{id}", done.Headers.Location?.ToString());
        Assert.Contains("httponly", done.Headers.GetValues("Set-Cookie").Single(text => text.StartsWith("rota_toast")));
        Assert.Contains($"Job {id} is canceled.", await client.GetStringAsync($"/console/jobs/{id}"));
        Assert.DoesNotContain($"Job {id} is canceled.", await client.GetStringAsync($"/console/jobs/{id}"));
        var audit = await host.Admin.GetJsonAsync("/api/v1/audit");
        Assert.Contains(audit.Items(), row => row.Text("action") == "jobs.cancel" && row.Text("target") == $"{id}"
            && row.Text("actor") == "a.Operator");

        using var again = await SendAsync(client, $"/console/jobs/{id}/cancel", token, ("return", "//evil.example"));
        Assert.Equal("/console", again.Headers.Location?.ToString());
        Assert.Contains("cannot be canceled", await client.GetStringAsync("/console"));
    }

    [Fact]
    public async Task A_viewer_sees_no_button_and_is_told_which_role_an_action_needs()
    {
        var (client, _) = await BrowserAsync(Role.Viewer);
        var id = await host.EnqueueAsync(
            "test.say", new { text = "later", api_token = "s3cret" }, new { delay = "1h" });

        var page = await client.GetStringAsync($"/console/jobs/{id}");
        Assert.DoesNotContain("/cancel", page);
        Assert.DoesNotContain("s3cret", page);
        Assert.DoesNotContain("type=\"checkbox\"", await client.GetStringAsync("/console/jobs"));
        using var refused = await SendAsync(client, $"/console/jobs/{id}/cancel", await TokenAsync(client, "/console"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("text/html", refused.Content.Headers.ContentType?.MediaType);
        Assert.Contains("it needs the role operator", await refused.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/console/jobs?before=x", 200, "is no place in this list")]
    [InlineData("/console/jobs?state=x", 200, "is no state")]
    [InlineData("/console/jobs?filter=error:x", 200, "is no error")]
    [InlineData("/console/jobs/bulk?does=x", 400, "is nothing that is done with jobs")]
    [InlineData("/console/jobs/x", 404, "There is no such thing here")]
    public async Task An_address_that_says_nothing_is_told_so(string path, int status, string text)
    {
        var (client, _) = await BrowserAsync(Role.Operator);
        using var answer = await client.GetAsync(path);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(text, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_is_done_with_many_jobs_stands_in_the_audit()
    {
        var (client, _) = await BrowserAsync(Role.Operator);
        var ids = new[]
        {
            await host.EnqueueAsync("test.say", new { text = "1" }, new { delay = "1h", tags = new[] { "many" } }),
            await host.EnqueueAsync("test.say", new { text = "2" }, new { delay = "1h", tags = new[] { "many" } }),
        };
        var token = await TokenAsync(client, "/console/jobs/bulk?does=cancel&tag=many");

        using var none = await SendAsync(client, "/console/jobs/bulk", token, ("does", "cancel"), ("picked", "1"));
        Assert.Equal(JobState.Scheduled, (await host.Jobs.GetAsync(new JobId(ids[0]), default)).State);
        using var all = await SendAsync(client, "/console/jobs/bulk", token, ("does", "cancel"), ("tag", "many"));

        foreach (var id in ids)
            Assert.Equal(JobState.Canceled, (await host.Jobs.GetAsync(new JobId(id), default)).State);
        Assert.Contains("2 jobs canceled.", await client.GetStringAsync("/console"));
        Assert.Contains((await host.Admin.GetJsonAsync("/api/v1/audit")).Items(),
            row => row.Text("action") == "jobs.bulk" && row.Text("target") == "tag:many");
    }

    [Fact]
    public async Task What_jobs_carry_is_text_on_every_page()
    {
        const string Markup = "<img src=x onerror=alert(1)>";
        var (client, _) = await BrowserAsync(Role.Operator);
        var id = await host.EnqueueAsync(
            "test.say", new { text = Markup, fails = true }, new { max_attempts = 1, tags = new[] { "<b>" } });
        await host.EndOfAsync(id);

        foreach (var path in (string[])[$"/console/jobs/{id}", $"/console/jobs/{id}/edit", "/console/jobs",
            $"/console/jobs?filter={Uri.EscapeDataString(Markup)}", $"/console/jobs/{Uri.EscapeDataString(Markup)}"])
        {
            using var answer = await client.GetAsync(path);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain("<img", page);
            Assert.DoesNotContain("<b>&", page);
        }
    }

    [Fact]
    public async Task A_job_runs_again_with_other_arguments_and_its_secrets()
    {
        var (client, _) = await BrowserAsync(Role.Operator);
        var id = await host.EnqueueAsync("test.say", new { text = "old", api_token = "s3cret" });
        await host.EndOfAsync(id);
        var token = await TokenAsync(client, $"/console/jobs/{id}/edit");

        using var wrong = await SendAsync(client, $"/console/jobs/{id}/edit", token, ("args", "{\"text\": "));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        var page = await wrong.Content.ReadAsStringAsync();
        Assert.Contains("This is no JSON", page);
        Assert.Contains("{&quot;text&quot;: </textarea>", page);
        using var done = await SendAsync(client, $"/console/jobs/{id}/edit", token,
            ("args", """{"text": "new", "api_token": "********"}"""));

        var next = done.Headers.Location!.ToString().Split('/')[^1];
        var job = await host.Jobs.GetAsync(next, CancellationToken.None);
        Assert.Equal(id, job.RetryOf?.Value);
        Assert.Equal("""{"text":"new","api_token":"s3cret"}""", JsonSerializer.SerializeToElement(
            JsonElement.Parse(job.Args.Span)).GetRawText());
    }

    [Fact]
    public async Task Jobs_are_given_as_a_table_and_as_JSON()
    {
        var (client, _) = await BrowserAsync(Role.Viewer);
        var id = await host.EnqueueAsync("test.say", new { text = "x" }, new { tags = new[] { "exported" } });
        await host.EndOfAsync(id);

        var table = await client.GetStringAsync("/console/jobs/export?format=csv&tag=exported");
        Assert.Equal(2, table.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith($"{id},test.say,talk,succeeded,1,", table.Split("\r\n")[1]);
        var json = JsonElement.Parse(await client.GetStringAsync("/console/jobs/export?format=json&tag=exported"));
        Assert.Equal(id, Assert.Single(json.EnumerateArray()).GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        var (client, cookies) = await BrowserAsync(Role.Viewer);
        var session = cookies.GetAllCookies().Single(cookie => cookie.Name == "rota_session").Value;
        using var done = await SendAsync(client, "/console/sign-out", await TokenAsync(client, "/console"));
        Assert.Equal("/console/sign-in", done.Headers.Location?.ToString());
        Assert.Null(await host.Access.VerifyAsync(session, CancellationToken.None));

        var bearer = host.NewClient((await host.Access.LoginAsync("a.Viewer", Password, "here", default)).Token);
        await bearer.SendJsonAsync("POST", "/api/v1/logout", null, 204);
        await bearer.ProblemAsync("GET", "/api/v1/me", null, 401, "auth.required");
        await host.Viewer.ProblemAsync("POST", "/api/v1/logout", null, 409, "session.none");
    }

    [Fact]
    public async Task Files_are_kept_for_good_compressed_and_small()
    {
        var (client, _) = await BrowserAsync(Role.Viewer);
        var page = await client.GetStringAsync("/console");
        var files = Asset().Matches(page).Select(match => match.Value).Distinct().ToList();
        Assert.Contains(files, file => file.Contains("console.js?v="));
        client.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");
        var bytes = (await client.GetByteArrayAsync("/console")).Length;
        foreach (var file in files)
        {
            using var answer = await client.GetAsync(file);
            Assert.Equal("br", answer.Content.Headers.ContentEncoding.Single());
            Assert.Equal("public, max-age=31536000, immutable", answer.Headers.GetValues("Cache-Control").Single());
            bytes += (await answer.Content.ReadAsByteArrayAsync()).Length;
        }
        Assert.InRange(bytes, 50_000, 150_000);
        Assert.InRange(files.Count + 1, 4, 12);
        using var unknown = await client.GetAsync("/console/assets/nothing.js");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [GeneratedRegex("""/console/assets/[a-z]+\.[a-z]+\?v=[0-9a-f]+""", RegexOptions.None, 1_000)]
    private static partial Regex Asset();

    [Fact]
    public async Task The_theme_is_kept_in_a_cookie()
    {
        var (client, _) = await BrowserAsync(Role.Viewer);
        Assert.Contains("data-bs-theme=\"auto\"", await client.GetStringAsync("/console"));
        using var done = await SendAsync(
            client, "/console/theme", await TokenAsync(client, "/console"), ("theme", "dark"), ("return", "/console"));
        Assert.Equal("/console", done.Headers.Location?.ToString());
        Assert.Contains("data-bs-theme=\"dark\"", await client.GetStringAsync("/console"));
    }

    [Fact]
    public async Task Listeners_hear_that_something_changed()
    {
        var (client, _) = await BrowserAsync(Role.Viewer);
        using var answer = await client.GetAsync("/console/live", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await host.EnqueueAsync("test.say", new { text = "x" });
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.Equal("event: tick", await reader.ReadLineAsync(late.Token));
    }
}
