using System.Text;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Xunit;

namespace Rota.Supervisor.Tests.Logs;

/// <summary>Rotation, reopening and clearing of one log.</summary>
public sealed class LogFileTests : IDisposable
{
    private readonly Folder _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "log");

    [Fact]
    public void It_is_rotated_after_the_write_that_reaches_its_limit_and_the_oldest_falls_out()
    {
        using var log = Open(maxBytes: 4, backups: 2);
        foreach (var text in new[] { "aa", "aaa", "bbbb", "cccc", "d" })
            Write(log, text);
        Assert.Equal(["log", "log.1", "log.2"], Names());
        Assert.Equal(("d", "cccc", "bbbb"), (Read(""), Read(".1"), Read(".2")));
    }

    /// <summary>Another thread does that, one file at a time; what it cannot take this one lets go.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task What_falls_out_gives_back_its_space(int backups)
    {
        using var log = Open(maxBytes: 4, backups);
        for (var file = 0; file < 100; file++)
            Write(log, "aaaa");
        Assert.Equal(backups + 1, Names().Length);
        using var deadline = new CancellationTokenSource(Processes.RunningSupervisor.Deadline);
        using var turn = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (OwnFiles().Any(file => file.StartsWith(Path, StringComparison.Ordinal) && file != Path))
            await turn.WaitForNextTickAsync(deadline.Token);
    }

    [Fact]
    public void Without_backups_it_begins_anew_and_without_limit_it_grows()
    {
        using (var log = Open(maxBytes: 4, backups: 0))
        {
            Write(log, "aaaa");
            Write(log, "b");
        }
        Assert.Equal(["log"], Names());
        Assert.Equal("b", Read(""));
        using var endless = Open(maxBytes: 0, backups: 3);
        Write(endless, new string('c', 100_000));
        Assert.Equal(["log"], Names());
    }

    [Fact]
    public void What_was_there_counts_and_is_kept()
    {
        File.WriteAllText(Path, "old");
        using var log = Open(maxBytes: 4, backups: 1);
        Write(log, "n");
        Assert.Equal("oldn", Read(".1"));
    }

    [Fact]
    public void A_file_that_somebody_cut_is_not_rotated_for_its_former_size()
    {
        using var log = Open(maxBytes: 4, backups: 1);
        Write(log, "aaa");
        File.WriteAllText(Path, "");
        Write(log, "b");
        Assert.Equal("b", Read(""));
        Assert.Equal(["log"], Names());
    }

    [Fact]
    public void A_moved_file_is_followed_until_it_is_opened_again()
    {
        using var log = Open(maxBytes: 0, backups: 0);
        Write(log, "a");
        File.Move(Path, Path + ".moved");
        Write(log, "b");
        log.Reopen();
        Write(log, "c");
        Assert.Equal(("ab", "c"), (Read(".moved"), Read("")));
    }

    [Fact]
    public void A_cleared_file_is_empty_and_goes_on()
    {
        using var log = Open(maxBytes: 0, backups: 0);
        Write(log, "a");
        log.Clear();
        Assert.Equal("", Read(""));
        Write(log, "b");
        Assert.Equal("b", Read(""));
    }

    [Fact]
    public void What_is_no_file_is_written_to_and_never_removed_or_rotated()
    {
        using var log = new LogFile("/dev/null", 1, 1, TimeProvider.System);
        log.Adopt(LogFile.OpenPath("/dev/null"));
        Assert.Equal(3, Write(log, "abc"));
        log.Clear();
        log.Reopen();
        Assert.True(File.Exists("/dev/null"));
        Assert.False(File.Exists("/dev/null.1"));
    }

    [Fact]
    public void A_full_disk_takes_nothing_and_says_why()
    {
        using var log = new LogFile("/dev/full", 0, 0, TimeProvider.System);
        log.Adopt(LogFile.OpenPath("/dev/full"));
        Assert.Equal(0, log.Write("abc"u8, out var error));
        Assert.Equal(Errno.NoSpace, error);
    }

    [Theory]
    [InlineData("cat-stdout---supervisor-ab12_x.log", true)]
    [InlineData("cat-stderr---supervisor-ab12_x.log.10", true)]
    [InlineData("cat-stdout---other-ab12.log", false)]
    [InlineData("---supervisor-ab12.log", false)]
    [InlineData("cat-stdout---supervisor-a b.log", false)]
    [InlineData("cat-stdout---supervisor-.log", false)]
    [InlineData("supervisor.log", false)]
    public void Only_our_own_automatic_logs_are_cleaned_up(string name, bool isOurs) =>
        Assert.Equal(isOurs, AutoLogs.IsAuto(name, "supervisor"));

    [Theory]
    [InlineData(0, 0, "0123456789")]
    [InlineData(3, 0, "3456789")]
    [InlineData(3, 2, "34")]
    [InlineData(8, 100, "89")]
    [InlineData(100, 5, "")]
    [InlineData(-3, 0, "789")]
    [InlineData(-100, 0, "0123456789")]
    public void Parts_are_read_by_offset_and_length(int offset, int length, string part)
    {
        File.WriteAllText(Path, "0123456789");
        Assert.Equal(part, Encoding.UTF8.GetString(LogReader.Read(Path, offset, length)));
    }

    /// <summary>The values are those of supervisor.options.tailFile.</summary>
    [Theory]
    [InlineData(0, 5, "56789", true)]
    [InlineData(0, 10, "0123456789", false)]
    [InlineData(5, 5, "56789", false)]
    [InlineData(6, 100, "0123456789", false)]
    [InlineData(10, 5, "", false)]
    [InlineData(9, 1, "9", false)]
    [InlineData(0, 100, "0123456789", false)]
    [InlineData(20, 5, "", false)]
    public void A_tail_is_what_supervisors_tail_is(int offset, int length, string text, bool overflow)
    {
        File.WriteAllText(Path, "0123456789");
        var tail = LogReader.Tail(Path, offset, length);
        Assert.Equal((text, overflow), (Encoding.UTF8.GetString(tail.Text), tail.Overflow));
        Assert.Equal(10, tail.Offset);
    }

    public void Dispose() => _folder.Dispose();

    private LogFile Open(long maxBytes, int backups)
    {
        var log = new LogFile(Path, maxBytes, backups, TimeProvider.System);
        log.Adopt(LogFile.OpenPath(Path));
        return log;
    }

    /// <summary>All that this process has open, by name.</summary>
    private static IEnumerable<string> OwnFiles() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Select(entry => new FileInfo(entry).LinkTarget ?? "");

    private static int Write(LogFile log, string text) => log.Write(Encoding.UTF8.GetBytes(text), out _);

    private string Read(string suffix) => File.ReadAllText(Path + suffix);

    private string[] Names() =>
        [.. Directory.GetFiles(_folder.Path).Select(path => System.IO.Path.GetFileName(path)).Order()];
}
