using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>Looking through a log and its rotated parts.</summary>
public sealed class LogSearchTests : IDisposable
{
    private readonly Folder _folder = new();
    private readonly LogSearch _search = new(TimeProvider.System);

    private string Log => Path.Combine(_folder.Path, "log");

    [Fact]
    public async Task What_fits_is_found_in_all_parts_and_the_newest_comes_last()
    {
        _folder.Write("log.2", "error 1\nfine\n");
        _folder.Write("log.1", "fine\nerror 2\nerror 3\n");
        _folder.Write("log", "Error 4\nerror 5");
        Assert.Equal(["error 1", "error 2", "error 3", "error 5"], await TextsAsync("^error"));
        Assert.Equal(["error 1", "error 2", "error 3", "Error 4", "error 5"],
            await TextsAsync("^error", ignoresCase: true));
        var found = await _search.RunAsync(Log, LogQuery.Of("error", ignoresCase: false, context: 0, limit: 2));
        Assert.Equal([($"{Log}.1", 3L, "error 3"), (Log, 2L, "error 5")],
            found.Matches.Select(match => (match.File, match.Number, match.Text)));
        Assert.True(found.IsCut);
        Assert.False((await _search.RunAsync(Log, LogQuery.Of("none", false, 0, 1))).IsCut);
    }

    [Fact]
    public async Task Lines_around_are_told_where_there_are_some()
    {
        _folder.Write("log", "a\nb\nX1\nX2\nc\nd\ne\nX3\n");
        var found = await _search.RunAsync(Log, LogQuery.Of("X", ignoresCase: false, context: 2, limit: 10));
        Assert.Equal(["a b|X1|X2 c", "b X1|X2|c d", "d e|X3|"], found.Matches.Select(match =>
            $"{string.Join(' ', match.Before)}|{match.Text}|{string.Join(' ', match.After)}"));
    }

    [Fact]
    public async Task Endless_lines_and_bytes_that_are_no_text_are_looked_through_too()
    {
        await File.WriteAllBytesAsync(Log, [.. new byte[100_000], .. "needle"u8, 0xff, .. "\nend\n"u8],
            TestContext.Current.CancellationToken);
        Assert.EndsWith("needle\ufffd", Assert.Single(await TextsAsync("needle")), StringComparison.Ordinal);
        Assert.Equal(["end"], await TextsAsync("^end$"));
    }

    [Fact]
    public void Of_a_file_over_the_bound_the_end_is_read()
    {
        File.WriteAllLines(Log, Enumerable.Range(1, 10_000).Select(number => $"line {number}"));
        var scan = new LogScan(Log, LogQuery.Of("^line", ignoresCase: false, context: 0, limit: 1_000));
        scan.Run(bytesMax: 100, isLate: () => false);
        Assert.InRange(scan.Matches.Count, 5, 9);
        Assert.Equal(("line 10000", 0L, 100L, true),
            (scan.Matches.Last().Text, scan.Matches.Last().Number, scan.BytesRead, scan.IsCut));
        var late = new LogScan(Log, LogQuery.Of("^line", ignoresCase: false, context: 0, limit: 1_000));
        late.Run(long.MaxValue, isLate: () => true);
        Assert.True(late.IsCut);
        Assert.InRange(late.BytesRead, 1, 64 * 1024);
    }

    [Theory]
    [InlineData("", 0, 1, "pattern is empty or too long")]
    [InlineData("(", 0, 1, "pattern is wrong")]
    [InlineData("(?=a)", 0, 1, "pattern has look-around or back references")]
    [InlineData("a", 21, 1, "context 21 is out of range")]
    [InlineData("a", 0, 0, "limit 0 is out of range")]
    public void What_cannot_be_looked_for_is_said(string pattern, int context, int limit, string wrong) =>
        Assert.StartsWith(wrong, Assert.Throws<ValueException>(() => LogQuery.Of(pattern, false, context, limit))
            .Message, StringComparison.Ordinal);

    [Fact]
    public async Task Without_a_log_it_is_a_fault()
    {
        var query = LogQuery.Of("a", ignoresCase: false, context: 0, limit: 1);
        var fault = await Assert.ThrowsAsync<SupervisorFault>(() => _search.RunAsync(Log, query));
        Assert.Equal(FaultCode.NoFile, fault.Code);
    }

    public void Dispose()
    {
        _search.Dispose();
        _folder.Dispose();
    }

    private async Task<IEnumerable<string>> TextsAsync(string pattern, bool ignoresCase = false) =>
        (await _search.RunAsync(Log, LogQuery.Of(pattern, ignoresCase, context: 0, limit: 1_000))).Matches
            .Select(match => match.Text);
}
