using Rota.Supervisor.Client;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;

namespace Rota.Tests.Supervisors;

/// <summary>Logs with everything in them that makes reading by pieces hard, through both daemons.</summary>
public sealed class LogCursorTests
{
    private const string Silent = """
        [program:silent]
        command=/bin/sleep 1000
        autostart=false
        """;

    private static readonly ProcessName Name = ProcessName.Parse("silent");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<string> StartAsync(SupervisorDaemon daemon)
    {
        await daemon.StartAsync(Silent);
        return (await daemon.Client.InfoAsync(Stop)).Processes.Single().StdoutLog;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Letters_at_the_edges_of_pieces_and_bytes_that_are_no_text_lose_no_line(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        var path = await StartAsync(daemon);
        var lines = Enumerable.Range(0, 6_000).Select(number => $"{number} größe ✓ 🙂").ToList();
        await File.AppendAllLinesAsync(path, lines, Stop);
        await File.AppendAllBytesAsync(path, [.. "a"u8, 0xff, .. "\u001b[1m\n"u8], Stop);
        await File.AppendAllTextAsync(path, "end\r\nof it", Stop);

        var read = await new LogCursor(daemon.Client, Name, OutputChannel.Stdout, 0).ReadToEndAsync(Stop);

        Assert.Equal(lines, read.Take(lines.Count));
        Assert.Equal(["a\ufffd\u001b[1m", "end", "of it"], read.Skip(lines.Count));
        var end = await LogCursor.BeforeEndAsync(daemon.Client, Name, OutputChannel.Stdout, 100, Stop);
        Assert.Equal("of it", (await end.ReadToEndAsync(Stop))[^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cursor_goes_on_tells_a_question_and_begins_anew_when_the_log_was_emptied(bool isOurs)
    {
        SupervisorDaemon.SkipUnlessInstalled(isOurs);
        await using var daemon = new SupervisorDaemon(isOurs);
        var path = await StartAsync(daemon);
        await File.WriteAllTextAsync(path, "one\ntwo\n", Stop);
        var cursor = await LogCursor.BeforeEndAsync(daemon.Client, Name, OutputChannel.Stdout, 1_000, Stop);
        Assert.Equal(["one", "two"], await cursor.ReadAsync(Stop));
        Assert.Empty(await cursor.ReadAsync(Stop));

        await File.AppendAllTextAsync(path, "three\nName: ", Stop);
        Assert.Equal(["three"], await cursor.ReadAsync(Stop));
        IReadOnlyList<string> question = [];
        for (var look = 0; look < 5; look++)
            question = [.. question, .. await cursor.ReadAsync(Stop)];
        Assert.Equal(["Name: "], question);

        await File.WriteAllTextAsync(path, "new\n", Stop);
        Assert.Equal(["new"], await cursor.ReadAsync(Stop));
    }
}
