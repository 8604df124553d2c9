using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Who hears of events slowly or not at all holds up no schedule and nobody else.</summary>
public sealed class SlowReaderTests
{
    // What blocked would wait for a time-out of 30 s or for ever; a machine that is merely busy does not take so long.
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(15);

    private const string Plugin = """
        public sealed record TickParameters(int Fails = 0);

        [Job("test.tick", MaxAttempts = 1)]
        public sealed class TickJob : IntegrationJob<TickParameters>
        {
            public override Task<JobResult> RunAsync(TickParameters parameters,
                IReadOnlyDictionary<string, string> secrets, JobContext job, CancellationToken stop) =>
                Task.FromResult(parameters.Fails == 0 ? JobResult.Complete
                    : JobResult.Fail($"{parameters.Fails} {new string('x', 450)}"));
        }
        """;

    private static async Task<RotaProcess> StartAsync()
    {
        var rota = new RotaProcess(null, ("ROTA_INTEGRATIONS__ALLOWEDHOSTS__0", "127.0.0.1"));
        var folder = Directory.CreateDirectory(Path.Combine(rota.Plugins, "tick")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "job.cs"), Plugin);
        await rota.StartAsync();
        await RotaProcess.WaitAsync(async () => (await rota.GetAsync("kinds")).GetProperty("items").EnumerateArray()
            .Any(one => one.GetProperty("kind").GetString() == "test.tick"), "the plug-in is loaded");
        return rota;
    }

    private static async Task TickAsync(RotaProcess rota) => await rota.PutAsync("schedules/tick", new
    {
        trigger = new { every = "100ms" },
        kind = "test.tick",
    });

    private static async Task<List<JsonElement>> OccurrencesAsync(RotaProcess rota) =>
        [.. (await rota.GetAsync("schedules/tick/occurrences?limit=1000")).GetProperty("items").EnumerateArray()];

    private static async Task EnqueuedAsync(RotaProcess rota, int more)
    {
        var last = (await OccurrencesAsync(rota)) is [var newest, ..] ? Due(newest) : DateTimeOffset.MinValue;
        await RotaProcess.WaitAsync(async () => (await OccurrencesAsync(rota)).Count(one => Due(one) > last) >= more,
            $"the schedule is due {more} times more");
    }

    private static DateTimeOffset Due(JsonElement one) => one.GetProperty("due_at").GetDateTimeOffset();

    /// <summary>Stops the schedule; each of its due times then has a job that ran soon and well.</summary>
    private static async Task AssertNothingWaitedAsync(RotaProcess rota)
    {
        var occurrences = await OccurrencesAsync(rota);
        await rota.PostAsync("schedules/tick/pause", new { }); // which misses what is overdue just then
        Assert.All(occurrences, one => Assert.Equal("enqueued", one.GetProperty("outcome").GetString()));
        var dues = occurrences.Select(Due).Order().ToList();
        Assert.All(dues.Zip(dues.Skip(1)),
            pair => Assert.Equal(TimeSpan.FromMilliseconds(100), pair.Second - pair.First));
        var bad = await rota.GetAsync("events?source=tick&type=occurrence.missed,occurrence.coalesced,"
            + "occurrence.skipped,job.failed,job.canceled");
        Assert.DoesNotContain(bad.GetProperty("items").EnumerateArray(),
            one => !one.TryGetProperty("due_at", out var at) || at.GetDateTimeOffset() <= dues[^1]);

        var due = occurrences.ToDictionary(one => one.GetProperty("job_id").GetInt64(), Due);
        foreach (var id in due.Keys)
        {
            var job = await rota.EndOfAsync(id);
            Assert.Equal("succeeded", job.GetProperty("state").GetString());
            Assert.InRange(job.GetProperty("started_at").GetDateTimeOffset() - due[id], TimeSpan.Zero, LateMax);
        }
    }

    [Fact]
    public async Task A_webhook_that_never_answers_holds_up_no_schedule_and_no_other_webhook()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0); // accepts by its backlog, and never answers
        silent.Start(1_000);
        await using var hook = await Webhook.StartAsync();
        await using var rota = await StartAsync();
        await rota.PutAsync("webhooks/silent", new { url = $"http://{silent.LocalEndpoint}/" });
        await rota.PutAsync("webhooks/other", new { url = hook.Address, types = new[] { "schedule.changed" } });
        await TickAsync(rota);
        await RotaProcess.WaitAsync(async () => (await rota.GetAsync("jobs?kind=webhook.send&limit=100"))
            .GetProperty("items").GetArrayLength() >= 50, "many events are to be sent");

        await EnqueuedAsync(rota, 50);
        await rota.PutAsync("schedules/other", new { trigger = new { every = "1h" }, kind = "test.tick" });
        await rota.PutAsync("schedules/other", new { trigger = new { every = "2h" }, kind = "test.tick" });

        await RotaProcess.WaitAsync(() => hook.Accepted.Count == 1, "the other webhook hears of the change");
        Assert.True(silent.Pending(), "it was called");
        await AssertNothingWaitedAsync(rota);
    }

    [Fact]
    public async Task A_stream_that_is_never_read_holds_up_no_schedule_and_no_other_stream_and_takes_no_memory()
    {
        const int Failures = 10_000; // more than what lies on the way to one who does not read
        await using var rota = await StartAsync();
        await TickAsync(rota);
        await EnqueuedAsync(rota, 10);
        var before = MemoryOf(rota);
        var silent = new List<TcpClient>();
        for (var number = 0; number < 20; number++)
            silent.Add(await FollowInSilenceAsync(rota));
        var last = (await rota.GetAsync("events?limit=1")).GetProperty("items")[0].GetProperty("id").GetInt64();
        var heard = HearAsync(rota, last, Failures);

        await rota.PostAsync("jobs/many", new
        {
            kind = "test.tick",
            args = Enumerable.Range(1, Failures).Select(number => new { fails = number }),
            options = new { queue = "flood" }, // behind which the schedule's jobs need not wait
        });
        var failed = await heard;
        var after = MemoryOf(rota);
        await EnqueuedAsync(rota, 20);

        Assert.Equal(Failures, failed.Distinct().Count());
        Assert.Equal(Failures, failed.Count);
        Assert.All(silent, one => Assert.True(one.Available < Failures * 100, "it would have read it all"));
        Assert.InRange(after - before, long.MinValue, 400L << 20);
        await AssertNothingWaitedAsync(rota);
        var ports = silent.Select(PortOf).ToHashSet();
        await RotaProcess.WaitAsync(() => !IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Any(one => one.State == TcpState.Established && ports.Contains(one.LocalEndPoint.Port)),
            "who does not read is cut off");
        silent.ForEach(one => one.Dispose());
    }

    private static int PortOf(TcpClient client) => ((IPEndPoint)client.Client.LocalEndPoint!).Port;

    /// <summary>Bytes of memory that the process holds.</summary>
    private static long MemoryOf(RotaProcess rota)
    {
        using var process = Process.GetProcessById(rota.Pid);
        return process.WorkingSet64;
    }

    private static async Task<TcpClient> FollowInSilenceAsync(RotaProcess rota)
    {
        var client = new TcpClient { ReceiveBufferSize = 4_096 };
        await client.ConnectAsync(IPAddress.Loopback, rota.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            + $"Authorization: {rota.Http.DefaultRequestHeaders.Authorization}\r\n\r\n"));
        await RotaProcess.WaitAsync(() => client.Available > 0, "it is answered");
        return client;
    }

    /// <summary>The jobs whose failure a stream tells from a place on, until there are so many.</summary>
    private static async Task<List<long>> HearAsync(RotaProcess rota, long after, int count)
    {
        List<long> heard = [];
        using var reader = new StreamReader(
            await rota.Http.GetStreamAsync($"events?follow=true&type=job.failed&after={after}"));
        while (heard.Count < count && await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                heard.Add(JsonElement.Parse(line["data: ".Length..]).GetProperty("job_id").GetInt64());
        }
        return heard;
    }
}
