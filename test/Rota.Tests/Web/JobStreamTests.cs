using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Rota.Web.Api;
using Xunit;

namespace Rota.Tests.Web;

public sealed class JobStreamTests(WebHost host) : IClassFixture<WebHost>
{
    [Fact]
    public async Task Log_lines_come_while_the_job_runs_and_the_stream_ends_with_it()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "line", times = 2, gate = "live" });
        await host.Gate.CameAsync("live1");
        using var stream = await EventReader.OpenAsync(host.Viewer, $"/api/v1/jobs/{id}/logs");

        var first = await stream.NextAsync();
        host.Gate.Open("live1");
        var second = await stream.NextAsync();
        host.Gate.Open("live2");
        var end = await stream.NextAsync();

        Assert.Contains("\"text\":\"line 1\"", first!.Data);
        Assert.Contains("\"level\":\"information\"", first.Data);
        Assert.Contains("\"text\":\"line 2\"", second!.Data);
        Assert.Equal("end", end!.Name);
        Assert.Contains("\"state\":\"succeeded\"", end.Data);
        Assert.Null(await stream.NextAsync());
    }

    [Fact]
    public async Task A_client_that_lost_its_stream_goes_on_behind_its_last_event()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "line", times = 3 });
        await host.EndOfAsync(id);
        using var whole = await EventReader.OpenAsync(host.Viewer, $"/api/v1/jobs/{id}/logs?follow=true");
        var first = await whole.NextAsync();

        using var rest = await EventReader.OpenAsync(host.Viewer, $"/api/v1/jobs/{id}/logs?follow=true", first!.Id);

        Assert.Contains("line 2", (await rest.NextAsync())!.Data);
        Assert.Contains("line 3", (await rest.NextAsync())!.Data);
        Assert.Equal("end", (await rest.NextAsync())!.Name);
    }

    [Fact]
    public async Task Log_pages_follow_each_other_without_gap()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "line", times = 5 });
        await host.EndOfAsync(id);

        var seen = new List<string?>();
        for (var after = ""; after is not null;)
        {
            var page = await host.Viewer.GetJsonAsync($"/api/v1/jobs/{id}/logs?limit=2{after}");
            seen.AddRange(page.Items().Select(line => line.Text("text")));
            after = page.Text("next") is { } next ? $"&after={next}" : null;
        }

        Assert.Equal(["line 1", "line 2", "line 3", "line 4", "line 5"], seen);
        await host.Viewer.ProblemAsync("GET", $"/api/v1/jobs/{id}/logs?after=x", null, 400, "request.invalid", "after");
        await host.Viewer.ProblemAsync("GET", $"/api/v1/jobs/{id}/logs?limit=0", null, 400, "request.invalid", "limit");
    }

    [Fact]
    public async Task A_follower_that_leaves_frees_its_place_and_too_many_are_refused()
    {
        var followers = host.App.Services.GetRequiredService<Followers>();
        var id = await host.EnqueueAsync("test.say", new { text = "x", gate = "crowd" });
        await host.Gate.CameAsync("crowd1");
        using (var stream = await EventReader.OpenAsync(host.Viewer, $"/api/v1/jobs/{id}/events"))
        {
            await stream.NextAsync();
            Assert.True(followers.Count >= 1);
        }
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (followers.Count > 0)
        {
            late.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var crowd = Enumerable.Range(0, 1_000).Select(_ => followers.Enter()).ToList();
        var problem = await host.Viewer.ProblemAsync("GET", $"/api/v1/jobs/{id}/events", null, 503, "stream.busy");
        crowd.ForEach(seat => seat.Dispose());
        host.Gate.Open("crowd1");

        Assert.NotNull(problem.Text("hint"));
        Assert.Equal(0, followers.Count);
    }

    [Fact]
    public async Task Events_tell_each_state_and_then_the_end()
    {
        var id = await host.EnqueueAsync("test.say", new { text = "x", gate = "events" });
        await host.Gate.CameAsync("events1");
        using var stream = await EventReader.OpenAsync(host.Viewer, $"/api/v1/jobs/{id}/events");

        var running = await stream.NextAsync();
        host.Gate.Open("events1");
        var ended = await stream.NextAsync();
        var end = await stream.NextAsync();

        Assert.Contains("\"state\":\"running\"", running!.Data);
        Assert.Contains("\"state\":\"succeeded\"", ended!.Data);
        Assert.Equal("end", end!.Name);
        Assert.Null(await stream.NextAsync());
    }
}

internal sealed record ReadEvent(string? Name, string? Id, string Data);

/// <summary>Reads server-sent events as a browser does.</summary>
internal sealed class EventReader(HttpResponseMessage answer, StreamReader lines) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static async Task<EventReader> OpenAsync(HttpClient client, string path, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new EventReader(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public async Task<ReadEvent?> NextAsync()
    {
        using var late = new CancellationTokenSource(Deadline);
        string? name = null, id = null, data = null;
        while (await lines.ReadLineAsync(late.Token) is { } line)
        {
            if (line.Length == 0 && data is not null)
                return new ReadEvent(name, id, data);
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data += line[6..];
        }
        return null;
    }

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
    }
}
