using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Rota.Bench;

/// <summary>One supervisor, ours or Debian's, in the foreground on a configuration of its own; asked over its socket.
/// </summary>
internal sealed class SupervisorDaemon : IAsyncDisposable
{
    private const double TicksPerSecond = 100; // USER_HZ
    private const int KilobytesPerPage = 4;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60), StopMax = TimeSpan.FromSeconds(120);

    private readonly BenchFolder _folder = new(Path.GetTempPath());
    private readonly Process _process;
    private readonly HttpClient _http;

    /// <param name="command">The program and its first arguments; the options of supervisord follow.</param>
    /// <param name="programs">Sections of the configuration.</param>
    /// <param name="options">More of its `[supervisord]`.</param>
    public SupervisorDaemon(string[] command, string programs, string options = "")
    {
        File.WriteAllText(ConfigPath, $"""
            [unix_http_server]
            file={Socket}
            [supervisord]
            logfile={LogPath}
            logfile_maxbytes=0
            pidfile={_folder.Path}/pid
            childlogdir={_folder.Path}
            minfds=16384
            {options}
            [rpcinterface:supervisor]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            {programs}
            """);
        _process = Process.Start(new ProcessStartInfo(command[0], [.. command[1..], "-n", "-c", ConfigPath])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        })!;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync })
        {
            BaseAddress = new Uri("http://supervisor/"),
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    public string ConfigPath => Path.Combine(_folder.Path, "supervisord.conf");

    /// <summary>For the command line.</summary>
    public string ServerUrl => $"unix://{Socket}";

    private string Socket => Path.Combine(_folder.Path, "sock");

    private string LogPath => Path.Combine(_folder.Path, "supervisord.log");

    /// <summary>What it keeps in memory: resident pages.</summary>
    public double MemoryMb => long.Parse(ReadProc("statm").Split(' ')[1]) * KilobytesPerPage / 1_024.0;

    public double Descriptors => Directory.EnumerateFileSystemEntries($"/proc/{_process.Id}/fd").Count();

    /// <summary>Children that have ended and are not reaped.</summary>
    public double Zombies => ReadProc($"task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Count(child => IsZombie(child));

    /// <summary>Processor time since its start, without that of its children.</summary>
    public double CpuSeconds
    {
        get
        {
            const int User = 11, System = 12; // counted from after the name, which may hold spaces
            var fields = ReadProc("stat").Split(") ")[^1].Split(' ');
            return (long.Parse(fields[User]) + long.Parse(fields[System])) / TicksPerSecond;
        }
    }

    /// <summary>Until its socket answers.</summary>
    public async Task WaitUntilReadyAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await CallAsync("supervisor.getState");
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(start) < StartMax)
            {
                await Task.Delay(5);
            }
        }
    }

    /// <summary>Until its log has this many lines with a text.</summary>
    public async Task WaitForLogAsync(string text, int times)
    {
        var start = Stopwatch.GetTimestamp();
        while (Lines(text).Count < times)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > StopMax)
                throw new InvalidOperationException(
                    $"'{text}' stands {Lines(text).Count} times in its log, not {times}.");
            await Task.Delay(10);
        }
    }

    /// <summary>When lines with a text were logged; milliseconds.</summary>
    public IReadOnlyList<DateTime> Lines(string text)
    {
        if (!File.Exists(LogPath))
            return [];
        using var log = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. log.ReadToEnd().Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal))
            .Select(line => DateTime.Parse(line[..23].Replace(',', '.')))];
    }

    /// <summary>One call of the API, until the whole answer is read.</summary>
    public async Task<(double Ms, string Answer)> CallAsync(string method)
    {
        using var body = new StringContent(
            $"<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params></params></methodCall>",
            Encoding.UTF8, "text/xml");
        var start = Stopwatch.GetTimestamp();
        using var answer = await _http.PostAsync(new Uri("RPC2", UriKind.Relative), body);
        var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, text);
    }

    /// <summary>Asks it to end, as init does.</summary>
    /// <returns>Seconds until it and all that it ran have ended.</returns>
    public async Task<double> StopAsync()
    {
        var start = Stopwatch.GetTimestamp();
        Process.Start("kill", ["-TERM", $"{_process.Id}"]).Dispose();
        using var late = new CancellationTokenSource(StopMax);
        await _process.WaitForExitAsync(late.Token);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Bytes in the files that a program wrote.</summary>
    public long Written(string prefix) =>
        new DirectoryInfo(_folder.Path).EnumerateFiles(prefix + "*").Sum(file => file.Length);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    private static bool IsZombie(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // reaped meanwhile
        }
    }

    private string ReadProc(string file) => File.ReadAllText($"/proc/{_process.Id}/{file}");

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
