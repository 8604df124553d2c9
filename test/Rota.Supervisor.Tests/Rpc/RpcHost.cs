using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Rota.Supervisor.Client;
using Rota.Supervisor.Config;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Tests.Rpc;

/// <summary>A supervisor in this process with its servers open, from the text of a file; DIR is its folder.</summary>
internal sealed class RpcHost : IAsyncDisposable
{
    private readonly Folder _folder;
    private readonly OutputPump _output;
    private readonly RpcServers _servers;

    private RpcHost(Folder folder, SupervisorConfig config)
    {
        _folder = folder;
        _output = new(TimeProvider.System, loop => new(config.Daemon.LogLevel, loop, TimeProvider.System));
        _output.Log.Open(config.Daemon);
        _output.Loop.Start();
        Supervisor = new(config, () => config, _output, TimeProvider.System);
        Supervisor.AddGroups();
        _servers = RpcServers.Open(Supervisor, Say, TimeProvider.System);
        Supervisor.Start();
    }

    public Supervisor.Processes.Supervisor Supervisor { get; }

    public ConcurrentQueue<string> Log { get; } = new();

    public string Folder => _folder.Path;

    public string Socket => Path.Combine(Folder, "s.sock");

    public ServerAddress Address => new($"unix://{Socket}", null, null);

    public static RpcHost Start(string programs, string server = "", string main = "supervisor")
    {
        var folder = new Folder();
        var text = $"""
            [supervisord]
            logfile=DIR/main.log
            pidfile=DIR/pid
            childlogdir=DIR
            [unix_http_server]
            file=DIR/s.sock
            {server}
            [rpcinterface:{main}]
            supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
            {programs}
            """;
        return new(folder, ConfigReader.Read(folder.Write("main.conf", text.Replace("DIR", folder.Path))));
    }

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        return socket;
    }

    /// <summary>Sends the text and reads until the server closes.</summary>
    public async Task<string> SendAsync(string text, Encoding? encoding = null)
    {
        using var socket = await ConnectAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await socket.SendAsync((encoding ?? Encoding.UTF8).GetBytes(text), deadline.Token);
        return await ReadAsync(socket, deadline.Token);
    }

    public static async Task<string> ReadAsync(Socket socket, CancellationToken stop, string? until = null)
    {
        var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (until is null || !Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length).Contains(until))
        {
            var count = await socket.ReceiveAsync(buffer, stop);
            if (count == 0)
                break;
            answer.Write(buffer, 0, count);
        }
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public Task<string> GetAsync(string path, string headers = "") =>
        SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n");

    public Task<string> PostAsync(string path, string body, string headers = "") => SendAsync(
        $"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\nContent-Length: "
            + $"{Encoding.UTF8.GetByteCount(body)}"
        + $"\r\n\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await Supervisor.ShutdownAsync();
        await Supervisor.Ended.WaitAsync(TimeSpan.FromSeconds(30));
        await _servers.DisposeAsync();
        Supervisor.Dispose();
        _output.Dispose();
        _folder.Dispose();
    }

    private void Say(LogLevel level, string text) => Log.Enqueue($"{level} {text}");
}
