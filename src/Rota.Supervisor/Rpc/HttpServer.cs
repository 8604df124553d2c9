using System.Collections.Concurrent;
using System.Net.Sockets;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Rpc;

/// <summary>Takes connections at one socket and hands each request on.</summary>
/// <remarks>
/// A connection lives as long as the other side likes, with two limits: a request must be there within
/// <see cref="RequestTime"/> of its first byte, and one that waits idle for <see cref="IdleTime"/> is closed. More than
/// <see cref="ConnectionsMax"/> at once get 503. A connection that breaks is no error of ours and ends silently. At the
/// end answers that are being given have <see cref="LastTime"/>: whoever asked for the shutdown is to hear of it.
/// </remarks>
internal sealed class HttpServer : IAsyncDisposable
{
    private const int ConnectionsMax = 1000;

    private static readonly TimeSpan RequestTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LastTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Socket _listener;
    private readonly BasicAuth? _auth;
    private readonly Func<HttpRequest, HttpResponder, CancellationToken, Task> _handle;
    private readonly Action<LogLevel, string> _log;
    private readonly TimeProvider _time;
    private readonly Task _accepting;

    /// <param name="listener">Listens already; is closed with this.</param>
    /// <param name="auth">Null: everyone may call.</param>
    public HttpServer(Socket listener, BasicAuth? auth,
        Func<HttpRequest, HttpResponder, CancellationToken, Task> handle, Action<LogLevel, string> log,
            TimeProvider time)
    {
        (_listener, _auth, _handle, _log, _time) = (listener, auth, handle, log, time);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        try
        {
            await Task.WhenAll(_connections.Values).WaitAsync(LastTime, _time);
        }
        catch (TimeoutException)
        {
            await _aborting.CancelAsync();
            await Task.WhenAll(_connections.Values);
        }
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var isOneTooMany = _connections.Count >= ConnectionsMax;
                // It waits for its turn, so that it cannot be done before it is noted.
                var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connections[socket] = ServeAsync(socket, isOneTooMany, noted.Task);
                noted.SetResult();
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
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

    private async Task ServeAsync(Socket socket, bool isOneTooMany, Task noted)
    {
        await noted;
        try
        {
            if (socket.AddressFamily != AddressFamily.Unix)
                socket.NoDelay = true;
            if (isOneTooMany)
                await new HttpResponder(socket, null, _time, _aborting.Token).SendErrorAsync(503);
            else
                await ServeRequestsAsync(socket);
            await CloseAsync(socket);
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
        }
        catch (Exception error)
        {
            // A bug: it costs this connection, not the daemon.
            _log(LogLevel.Critical, $"a connection raised an unexpected exception: {error}");
        }
        finally
        {
            socket.Dispose();
            _connections.TryRemove(socket, out _);
        }
    }

    /// <summary>Reads away for a moment what the other side still sends: closing before that would destroy the answer
    /// on its way.</summary>
    private async Task CloseAsync(Socket socket)
    {
        socket.Shutdown(SocketShutdown.Send);
        var rest = new byte[HttpReader.HeaderBytesMax];
        using var late = new CancellationTokenSource(LingerTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stopping.Token);
        while (await socket.ReceiveAsync(rest, either.Token) > 0)
        {
        }
    }

    private async Task ServeRequestsAsync(Socket socket)
    {
        var reader = new HttpReader(socket);
        while (await WithinAsync(IdleTime, reader.WaitAsync, _stopping.Token))
        {
            var responder = new HttpResponder(socket, null, _time, _aborting.Token);
            try
            {
                var request = await WithinAsync(RequestTime, reader.ReadAsync, _stopping.Token);
                responder = new HttpResponder(socket, request, _time, _aborting.Token);
                await AnswerAsync(request, responder);
            }
            catch (HttpException refused) when (!responder.HasBegun)
            {
                await responder.SendErrorAsync(refused.Status);
            }
            if (responder.MustClose)
                return;
        }
    }

    private async Task AnswerAsync(HttpRequest request, HttpResponder responder)
    {
        if (_auth?.Allows(request.Header("Authorization")) is false)
        {
            await responder.SendErrorAsync(401, ("WWW-Authenticate", "Basic realm=\"default\""));
            return;
        }
        try
        {
            await _handle(request, responder, _stopping.Token);
        }
        catch (Exception error) when (error is not (HttpException or OperationCanceledException or SocketException
            or IOException))
        {
            _log(LogLevel.Critical, $"{request.Method} {request.Path} raised an unexpected exception: {error}");
            if (responder.HasBegun)
                throw new IOException("the answer broke off", error);
            await responder.SendErrorAsync(500);
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        return await work(either.Token);
    }
}
