using System.Net.Sockets;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>Takes connections at one socket and hands each request on.</summary>
/// <remarks>
/// A connection lives as long as the other side likes, with two limits: a request must be there within
/// <see cref="RequestTime"/> of its first byte, and one that waits idle for <see cref="IdleTime"/> is closed. More than
/// <see cref="ConnectionsMax"/> at once get 503. A connection that breaks is no error of ours and ends silently.
/// </remarks>
internal sealed class HttpServer : IAsyncDisposable
{
    private const int ConnectionsMax = 1000;

    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener;
    private readonly BasicAuth? _auth;
    private readonly Func<HttpRequest, HttpResponder, CancellationToken, Task> _handle;
    private readonly Action<LogLevel, string> _log;
    private readonly TimeProvider _time;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="listener">Listens already; is closed with this.</param>
    /// <param name="auth">Null: everyone may call.</param>
    public HttpServer(Socket listener, BasicAuth? auth,
        Func<HttpRequest, HttpResponder, CancellationToken, Task> handle, Action<LogLevel, string> log, TimeProvider time)
    {
        (_listener, _auth, _handle, _log, _time) = (listener, auth, handle, log, time);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                _ = ServeAsync(socket, _stopping.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error)
            {
                // Out of descriptors, most likely: those who wait are served when others are done.
                _log(LogLevel.Error, $"cannot take a connection: {error.Message}");
                await Task.Delay(PauseAfterFailure, _time);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        // What is awaited below may be there already: do not keep the thread that takes connections.
        await Task.Yield();
        using var connection = socket;
        try
        {
            var isOneTooMany = Interlocked.Increment(ref _connections) > ConnectionsMax;
            if (isOneTooMany)
                await new HttpResponder(socket, null, _time).SendErrorAsync(503, stop);
            else
                await ServeRequestsAsync(socket, stop);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }

    private async Task ServeRequestsAsync(Socket socket, CancellationToken stop)
    {
        var reader = new HttpReader(socket);
        while (await WithinAsync(IdleTime, reader.WaitAsync, stop))
        {
            var responder = new HttpResponder(socket, null, _time);
            try
            {
                var request = await WithinAsync(RequestTime, reader.ReadAsync, stop);
                responder = new HttpResponder(socket, request, _time);
                await AnswerAsync(request, responder, stop);
            }
            catch (HttpException refused) when (!responder.HasBegun)
            {
                await responder.SendErrorAsync(refused.Status, stop);
            }
            if (responder.MustClose)
                return;
        }
    }

    private async Task AnswerAsync(HttpRequest request, HttpResponder responder, CancellationToken stop)
    {
        if (_auth?.Allows(request.Header("Authorization")) is false)
        {
            await responder.SendErrorAsync(401, stop, ("WWW-Authenticate", "Basic realm=\"default\""));
            return;
        }
        try
        {
            await _handle(request, responder, stop);
        }
        catch (Exception error) when (error is not (HttpException or OperationCanceledException or SocketException
            or IOException))
        {
            _log(LogLevel.Critical, $"{request.Method} {request.Path} raised an unexpected exception: {error}");
            if (responder.HasBegun)
                throw new IOException("the answer broke off", error);
            await responder.SendErrorAsync(500, stop);
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        return await work(either.Token);
    }
}
