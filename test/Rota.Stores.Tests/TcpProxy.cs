using System.Net;
using System.Net.Sockets;

namespace Rota;

/// <summary>Stands between a program and a server on this machine, and can be cut: then nothing passes and nobody is
/// told, as when a cable is pulled. What was sent meanwhile arrives when the cable is back, even if its sender has
/// given up by then, as TCP does it.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 65_536;

    private readonly TcpListener _listener = new(IPAddress.Loopback, port: 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly int _target;
    private volatile TaskCompletionSource _isOpen = Opened();

    /// <param name="target">Port of the server.</param>
    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Cut() => _isOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Join() => _isOpen.TrySetResult();

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is over.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            client.NoDelay = true;
            await _isOpen.Task.WaitAsync(_stop.Token);
            await server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _target), _stop.Token);
            await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // One of both is gone, and so is the connection.
        }
        client.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[BufferBytes];
        while (true)
        {
            var count = await ReceiveAsync(from, buffer);
            await _isOpen.Task.WaitAsync(_stop.Token);
            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }
            await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
        }
    }

    /// <returns>0 when nothing more comes, however it ended.</returns>
    private async Task<int> ReceiveAsync(Socket from, byte[] buffer)
    {
        try
        {
            return await from.ReceiveAsync(buffer, _stop.Token);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }
}
