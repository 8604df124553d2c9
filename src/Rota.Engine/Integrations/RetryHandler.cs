using System.Net;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Rota.Integrations;

/// <summary>Tries a call up to four times if a repeat does no harm, each try with its own time-out.</summary>
internal sealed class RetryHandler : DelegatingHandler
{
    public const string IdempotencyKey = "Idempotency-Key";
    private const int TriesMax = 4;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(60);

    /// <summary>How many tries a call took, left in the request for the log line.</summary>
    public static readonly HttpRequestOptionsKey<int> Tries = new("Rota.Tries");

    private readonly TimeSpan _timeout;
    private readonly int _responseBytesMax;
    private readonly TimeProvider _clock;
    private readonly ResiliencePipeline<HttpResponseMessage> _once;
    private readonly ResiliencePipeline<HttpResponseMessage> _repeated;

    public RetryHandler(TimeSpan timeout, int responseBytesMax, TimeProvider clock, Random random)
    {
        _timeout = timeout;
        _responseBytesMax = responseBytesMax;
        _clock = clock;
        _once = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }.AddTimeout(timeout).Build();
        _repeated = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = TriesMax - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstWait,
                MaxDelay = WaitMax,
                UseJitter = true,
                Randomizer = random.NextDouble,
                ShouldHandle = call => ValueTask.FromResult(IsWorthARepeat(call.Outcome)),
                DelayGenerator = call => ValueTask.FromResult(AskedWait(call.Outcome.Result)),
            })
            .AddTimeout(timeout)
            .Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isRepeatable = IsRepeatable(request);
        if (isRepeatable && request.Content is { } content)
            await content.LoadIntoBufferAsync(cancellationToken);
        var tries = 0;
        try
        {
            return await (isRepeatable ? _repeated : _once).ExecuteAsync(async stop =>
            {
                request.Options.Set(Tries, ++tries);
                return await TryAsync(request, stop);
            }, cancellationToken);
        }
        catch (TimeoutRejectedException error)
        {
            throw new RotaException("http.timeout",
                $"{request.Method} {UrlMask.Of(request)} gave no whole answer within "
                + $"{_timeout.TotalSeconds:0.###} s.",
                "Give the client a longer time-out, or ask the other system for less at a time.", error);
        }
    }

    private async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken stop)
    {
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(Copy(request), stop);
            await response.Content.LoadIntoBufferAsync(_responseBytesMax, stop);
            return response;
        }
        catch (HttpRequestException error)
        {
            response?.Dispose();
            if (error.InnerException is RotaException blocked)
                throw blocked;
            if (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
            {
                throw new RotaException("http.too_large",
                    $"{request.Method} {UrlMask.Of(request)} answered over {_responseBytesMax:N0} bytes.",
                    "Ask for less, or raise "
                    + $"{IntegrationOptions.Section}:{nameof(IntegrationOptions.ResponseBytesMax)}.",
                    error);
            }
            throw;
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    /// <summary>Following a redirect changes the request, so each try gets its own; the body is shared.</summary>
    private static HttpRequestMessage Copy(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri)
        {
            Content = request.Content,
            Version = request.Version,
            VersionPolicy = request.VersionPolicy,
        };
        foreach (var (name, values) in request.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(name, values);
        foreach (var (key, value) in request.Options)
            ((IDictionary<string, object?>)copy.Options)[key] = value;
        return copy;
    }

    private static bool IsRepeatable(HttpRequestMessage request) =>
        request.Method.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE"
        || request.Headers.NonValidated.Contains(IdempotencyKey);

    private static bool IsWorthARepeat(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests } => true,
        { Result.StatusCode: HttpStatusCode.NotImplemented } => false,
        { Result.StatusCode: >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };

    /// <summary>What <c>Retry-After</c> asks for, at most 60 s; null when it does not stand there.</summary>
    private TimeSpan? AskedWait(HttpResponseMessage? response)
    {
        var asked = response?.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - _clock.GetUtcNow();
        return wait is null ? null : TimeSpan.FromTicks(Math.Clamp(wait.Value.Ticks, 0, WaitMax.Ticks));
    }
}
