using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Rota.Web.Api;
using Xunit;

namespace Rota.Tests.Web;

/// <summary>The stream itself behind a real server, with its clock in the test's hand.</summary>
public sealed class EventStreamTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200), Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_stream_says_every_15_silent_seconds_that_it_is_still_there()
    {
        var time = new ManualTime();
        await using var app = await StartAsync(time);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = Deadline };
        using var late = new CancellationTokenSource(Deadline);

        var stream = http.GetStringAsync(new Uri("/stream", UriKind.Relative), late.Token);
        while (!stream.IsCompleted)
        {
            await Task.WhenAny(stream, time.WaitForTimerAsync(late.Token));
            time.Advance(Pause);
        }

        Assert.Equal("""
            data: 0

            data: 10

            : still here

            : still here

            data: 41


            """.ReplaceLineEndings("\n"), await stream);
    }

    /// <summary>A server with a stream that tells the seconds 0, 10 and 41 of its clock and ends.</summary>
    private static async Task<WebApplication> StartAsync(ManualTime time)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting().AddSingleton<TimeProvider>(time).AddSingleton<Followers>();
        var app = builder.Build();
        app.UseRouting();
        var start = time.GetUtcNow();
        var due = new Queue<int>([0, 10, 41]);
        app.Map("/stream", () => new EventStream(_ => Task.FromResult(Read())));
        await app.StartAsync();
        return app;

        IReadOnlyList<ServerEvent>? Read()
        {
            if (due.Count == 0)
                return null;
            return (time.GetUtcNow() - start).TotalSeconds >= due.Peek()
                ? [new ServerEvent(Name: null, Id: null, $"{due.Dequeue()}")]
                : [];
        }
    }
}
