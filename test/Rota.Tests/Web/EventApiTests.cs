using System.Text.Json;
using Xunit;

namespace Rota.Tests.Web;

public sealed class EventApiTests(WebHost host) : IClassFixture<WebHost>
{
    private Task<JsonElement> PutAsync(string name, int status) => host.Operator.SendJsonAsync(
        "PUT", $"/api/v1/schedules/{name}", new { trigger = new { every = "1h" }, kind = "test.say" }, status);

    [Fact]
    public async Task Events_are_listed_newest_first_and_filtered()
    {
        await PutAsync("listed", 201);
        await host.Operator.SendJsonAsync("POST", "/api/v1/schedules/listed/pause", null, 200);

        var all = await host.Viewer.GetJsonAsync("/api/v1/events?source=listed");
        Assert.Equal(["schedule.paused", "schedule.made"], all.Items().Select(one => one.Text("type")));
        Assert.All(all.Items(), one => Assert.Equal("token:of.Operator", one.Text("actor")));
        var made = await host.Viewer.GetJsonAsync("/api/v1/events?source=listed&type=schedule.made,job.failed&limit=1");
        Assert.Equal(Assert.Single(made.Items()).GetProperty("id").GetInt64().ToString(), made.Text("next"));
        await host.Viewer.ProblemAsync("GET", "/api/v1/events?type=nothing", null, 400, "request.invalid", "type");
        await host.Viewer.ProblemAsync("GET", "/api/v1/events?limit=0", null, 400, "request.invalid", "limit");
        await host.Anonymous.ProblemAsync("GET", "/api/v1/events", null, 401, "auth.required");
    }

    [Fact]
    public async Task Events_come_as_they_happen_and_a_lost_stream_goes_on_where_it_was()
    {
        using var stream = await EventReader.OpenAsync(host.Viewer, "/api/v1/events?source=followed");
        await PutAsync("other", 201);
        await PutAsync("followed", 201);
        var made = await stream.NextAsync();
        Assert.Equal("schedule.made", made!.Name);
        Assert.Equal("followed", JsonElement.Parse(made.Data).Text("source"));

        await host.Operator.SendJsonAsync("POST", "/api/v1/schedules/followed/pause", null, 200);
        using var again = await EventReader.OpenAsync(host.Viewer, "/api/v1/events?source=followed", made.Id);
        Assert.Equal("schedule.paused", (await again.NextAsync())!.Name);
        Assert.Equal("schedule.paused", (await stream.NextAsync())!.Name);
    }

    [Fact]
    public async Task Webhooks_are_an_administrators_and_show_no_secret()
    {
        const string Path = "/api/v1/webhooks/chat";
        var body = new { url = "https://chat.example/hook", types = new[] { "job.failed" }, secret = "chat-key" };
        await host.Operator.ProblemAsync("PUT", Path, body, 403, "auth.forbidden");
        await host.Admin.SendJsonAsync("PUT", Path, body, 201);
        await host.Admin.SendJsonAsync("PUT", Path, body, 200);
        await host.Admin.ProblemAsync("PUT", Path,
            new { body.url, types = new[] { "job.late" } }, 400, "request.invalid", "types");

        var wrong = new Dictionary<string, string> { ["Host"] = "chat.example" };
        await host.Admin.ProblemAsync("PUT", Path,
            new { body.url, headers = wrong }, 400, "request.invalid", "headers");
        var headers = new Dictionary<string, string> { ["X-Key"] = "{{secret:chat-key}}" };
        var made = await host.Admin.SendJsonAsync("PUT", Path, new { body.url, body.types, body.secret, headers }, 200);
        Assert.Equal("{{secret:chat-key}}", made.GetProperty("headers").GetProperty("X-Key").GetString());

        var listed = Assert.Single((await host.Admin.GetJsonAsync("/api/v1/webhooks")).Items());
        Assert.Equal(("chat", "chat-key"), (listed.Text("name"), listed.Text("secret")));
        var sent = await host.Admin.SendJsonAsync("POST", $"{Path}/test", null, 200);
        Assert.True(sent.GetProperty("is_new").GetBoolean());
        await host.Admin.SendJsonAsync("DELETE", Path, null, 204);
        await host.Admin.ProblemAsync("DELETE", Path, null, 404, "webhook.not_found");
        await host.Admin.ProblemAsync("POST", $"{Path}/test", null, 404, "webhook.not_found");
    }
}
