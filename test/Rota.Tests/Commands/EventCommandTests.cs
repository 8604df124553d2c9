using System.Text.Json;
using Rota.Commands;
using Xunit;

namespace Rota.Tests.Commands;

public sealed class EventCommandTests : ServerCommandFixture
{
    [Fact]
    public async Task Events_are_shown_oldest_first_with_what_is_known_of_them()
    {
        await OutputAsync("schedules", "add", "tea", "--every", "1h", "--kind", "x");
        await OutputAsync("schedules", "pause", "tea");

        var lines = (await OutputAsync("events", "--source", "tea")).TrimEnd().Split('\n');
        Assert.Equal(["schedule.made", "schedule.paused"], lines.Select(line => line.Split(' ',
            StringSplitOptions.RemoveEmptyEntries)[2]));
        Assert.Contains("by ", lines[0]);
        Assert.Contains("no events yet", await OutputAsync("events", "--type", "job.failed"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("events", "--type", "job.late"));
        Assert.Contains("job.failed", Run.Error);
        var json = JsonElement.Parse(await OutputAsync("events", "--json", "--type", "schedule.made"));
        Assert.Equal("tea", json.GetProperty("items")[0].Text("source"));
    }

    [Fact]
    public async Task Webhooks_are_added_listed_tested_and_removed()
    {
        Assert.Contains("no webhooks", await OutputAsync("webhooks", "list"));
        await OutputAsync("webhooks", "add", "chat", "https://chat.example/hook", "--type", "job.failed",
            "--type", "occurrence.missed", "--secret", "chat-key", "--header", "X-Key: {{secret:chat-key}}");
        var listed = await OutputAsync("webhooks", "list");
        Assert.Contains("job.failed, occurrence.missed", listed);
        Assert.Contains("chat-key", listed);
        Assert.Contains("sends it", await OutputAsync("webhooks", "test", "chat"));
        await OutputAsync("webhooks", "remove", "chat");
        Assert.Equal(ExitCode.NotFound, await Run.RunAsync("webhooks", "remove", "chat"));
        Assert.Equal(ExitCode.Usage, await Run.RunAsync("webhooks", "add", "chat", "ftp://chat.example"));
        Assert.Equal(ExitCode.Usage,
            await Run.RunAsync("webhooks", "add", "chat", "https://chat.example", "--header", "X-Key"));
    }
}
