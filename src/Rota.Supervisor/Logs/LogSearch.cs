using System.Text.RegularExpressions;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>Looks through a log and its rotated parts.</summary>
/// <remarks>The newest file first, until enough is found or a bound is reached, so that what a bound leaves out is the
/// oldest. One search at a time: a search takes a processor for seconds, and the processes need it more.</remarks>
internal sealed class LogSearch(TimeProvider time) : IDisposable
{
    private const long BytesMax = 512L * 1024 * 1024;
    private const int BackupsMax = 1_000;

    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="SupervisorFault">NO_FILE; FAILED when it cannot be read, or others search for too
    /// long.</exception>
    public async Task<LogMatches> RunAsync(string path, LogQuery query)
    {
        if (path.Length == 0 || !File.Exists(path))
            throw new SupervisorFault(FaultCode.NoFile, path.Length == 0 ? null : path);
        if (!await _turn.WaitAsync(2 * TimeMax))
            throw new SupervisorFault(FaultCode.Failed, "other searches take too long; try again later");
        try
        {
            return Run(path, query);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SupervisorFault(FaultCode.Failed, $"{path} cannot be read");
        }
        catch (RegexMatchTimeoutException)
        {
            throw new SupervisorFault(FaultCode.Failed, "the pattern takes too long; write a simpler one");
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private LogMatches Run(string path, LogQuery query)
    {
        var (found, read, isCut) = (new List<LogMatch>(), 0L, false);
        var begun = time.GetTimestamp();
        foreach (var file in FilesOf(path))
        {
            if (found.Count == query.Limit || read >= BytesMax || isCut)
                return new(found, true, read);
            var scan = new LogScan(file, query with { Limit = query.Limit - found.Count });
            scan.Run(BytesMax - read, () => time.GetElapsedTime(begun) > TimeMax);
            found.InsertRange(0, scan.Matches);
            read += scan.BytesRead;
            isCut = scan.IsCut;
        }
        return new(found, isCut, read);
    }

    private static IEnumerable<string> FilesOf(string path) => Enumerable.Range(0, BackupsMax)
        .Select(number => number == 0 ? path : $"{path}.{number}").TakeWhile(File.Exists);
}
