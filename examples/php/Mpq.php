<?php

declare(strict_types=1);

/**
 * Pushes jobs to mpq on Redis. Needs the extension "redis" and nothing of mpq's; a service must have served the queue
 * once. docs/other-languages.md says what it does.
 */
final class Mpq
{
    public function __construct(private Redis $redis)
    {
    }

    /**
     * Pushes a job by its name, and returns its id.
     *
     * @param array<string, mixed> $data    What the job gets as its data.
     * @param float                $delay   Seconds until it is ready.
     * @param array<string, mixed> $options timeout, retries, retryDelay, retryOnTimeout, priority; id for one of your own.
     *
     * @throws RedisException|RuntimeException When it was not taken; the message says why.
     */
    public function push(string $queue, string $job, array $data = [], float $delay = 0, array $options = []): string
    {
        $id = (string) ($options['id'] ?? bin2hex(random_bytes(12)));
        unset($options['id']);
        $json = $data === [] ? '' : json_encode($data, JSON_THROW_ON_ERROR);
        $this->run($queue, [$id, $job, $json, json_encode($options + ['delay' => $delay], JSON_THROW_ON_ERROR)]);
        return $id;
    }

    /** @param list<string> $arguments */
    private function run(string $queue, array $arguments): void
    {
        ['digest' => $digest, 'keys' => $keys] = $this->redis->hMGet('mpq:push', ['digest', 'keys']);
        if ($digest === false) {
            throw new RuntimeException('No service of mpq has run on this Redis; start one first');
        }
        $tag = strtr($queue, ['%' => '%25', '}' => '%7D']);
        $keys = explode("\n", str_replace('{*}', '{' . $tag . '}', $keys));
        $all = array_merge($keys, $arguments);

        $this->redis->clearLastError();
        $reply = $this->redis->evalSha($digest, $all, count($keys));
        if (str_starts_with((string) $this->redis->getLastError(), 'NOSCRIPT')) {
            $this->redis->clearLastError();
            $reply = $this->redis->eval($this->redis->hGet('mpq:push', 'script'), $all, count($keys));
        }
        if ($reply === false) {
            throw new RuntimeException("mpq did not take the job: {$this->redis->getLastError()}");
        }
    }
}
