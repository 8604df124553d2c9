using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>The wall clock jumps while the program runs, in a container of the test's own.</summary>
/// <remarks>Linux has no namespace for CLOCK_REALTIME: a time namespace moves CLOCK_MONOTONIC and CLOCK_BOOTTIME only,
/// and to set the wall clock would set it for the whole machine. So libfaketime moves it inside the container, for the
/// server and all that it starts, and nothing else sees it.</remarks>
public sealed class ClockTests
{
    internal static readonly string? Library = new[] { "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1" }.FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("+3h")]
    [InlineData("-3h")]
    public async Task A_jump_of_the_clock_neither_doubles_nor_stops_a_schedule(string jump)
    {
        Assert.SkipUnless(Library is not null, "libfaketime is not installed.");
        await using var rota = new RotaProcess();
        var clock = Path.Combine(rota.Folder, "clock");
        await File.WriteAllTextAsync(clock, "+0\n");
        rota.Container = await Container.MakeAsync($"LD_PRELOAD={Library}", $"FAKETIME_TIMESTAMP_FILE={clock}",
            "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1");
        FeedTests.CopyPlugin(rota, "example");
        await rota.StartAsync();
        Container.AssertAround(rota.Pid);
        await rota.PutAsync("schedules/tick", new
        {
            trigger = new { every = "1s" },
            kind = "example.hello",
            args = new { name = "Clock" },
            secrets = new { token = "a-token-of-the-test" },
        });
        await RotaProcess.WaitAsync(async () => (await DuesAsync(rota)).Count >= 2, "it fires");
        var before = await DuesAsync(rota);

        await File.WriteAllTextAsync(clock, jump + "\n");
        var delayed = await rota.EnqueueAsync("example.hello", new { name = "Later" }, new { delay = "2s" });

        // Forward, schedules go on at the new time; backward, delays and new work go on, and no due time fires twice.
        await rota.EndOfAsync(delayed);
        if (jump[0] == '+')
        {
            await RotaProcess.WaitAsync(async () => (await DuesAsync(rota)).Max() > before.Max().AddHours(2),
                "it fires at the new time");
        }
        var jobs = (await rota.GetAsync("jobs?schedule=tick&limit=1000")).GetProperty("items");
        var enqueued = (await OccurrencesAsync(rota))
            .Where(one => one.GetProperty("outcome").GetString() == "enqueued").ToList();
        Assert.Equal(enqueued.Count, enqueued.Select(one => one.GetProperty("due_at").GetString()).Distinct().Count());
        Assert.True(jobs.GetArrayLength() >= before.Count);
    }

    private static async Task<List<DateTimeOffset>> DuesAsync(RotaProcess rota) =>
        [.. (await OccurrencesAsync(rota)).Select(one => one.GetProperty("due_at").GetDateTimeOffset())];

    private static async Task<List<JsonElement>> OccurrencesAsync(RotaProcess rota) =>
        [.. (await rota.GetAsync("schedules/tick/occurrences")).GetProperty("items").EnumerateArray()];
}
