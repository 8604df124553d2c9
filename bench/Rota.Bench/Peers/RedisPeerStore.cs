using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Rota.Bench;

/// <summary>A Redis server of the run's own, which writes every command to a file.</summary>
/// <remarks>A shell starts it and ends it when its own input ends: with this process, however that ends.</remarks>
internal sealed class RedisPeerStore : PeerStore
{
    private const string Script = """
        folder=$(mktemp -d "${TMPDIR:-/tmp}/rota-redis-XXXXXX") && cd "$folder" || exit
        redis-server --port "$1" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly yes --appendfsync "$2" \
            >server.log 2>&1 &
        trap 'kill $!; wait; cd / && rm -rf "$folder"' EXIT
        trap 'exit 1' HUP INT TERM
        echo $!
        read -r _
        """;

    private readonly Process _shell;
    private readonly int _port;

    private RedisPeerStore(Process shell, int port, int id) => (_shell, _port, ProcessId) = (shell, port, id);

    public override int ProcessId { get; }

    /// <param name="sync">When it waits for the disk: <c>everysec</c>, or <c>always</c> before it answers.</param>
    public static async Task<RedisPeerStore> StartAsync(string sync)
    {
        var port = LoopbackPort.Free();
        var shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", $"{port}", sync])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var store = new RedisPeerStore(shell, port, int.Parse((await shell.StandardOutput.ReadLineAsync())!));
        await store.WhenUpAsync();
        return store;
    }

    public override async Task<string> NewAsync(Peer peer)
    {
        await AskAsync("FLUSHALL");
        return $"redis://127.0.0.1:{_port}/0";
    }

    public override Task SettleAsync() => Task.CompletedTask;

    public override async Task<double> BytesAsync()
    {
        const string Field = "used_memory:";
        var lines = (await AskAsync("INFO memory")).Split("\r\n");
        return double.Parse(lines.First(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..]);
    }

    private async Task WhenUpAsync()
    {
        const int TriesMost = 200;
        for (var left = TriesMost; ; left--)
            try
            {
                await AskAsync("PING");
                return;
            }
            catch (SocketException) when (left > 0)
            {
                await Task.Delay(50);
            }
    }

    /// <summary>One command on a connection of its own, whose whole answer is read.</summary>
    private async Task<string> AskAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync();
        return answer.StartsWith('-') ? throw new InvalidOperationException($"Redis said {answer}") : answer;
    }

    public override async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
